import "../look/tokens.css";
import "../look/parts.css";
import "./dock.css";
import { mount } from "svelte";

import Dock from "./Dock.svelte";

mount(Dock, { target: document.body });
