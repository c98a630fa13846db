import "../look/tokens.css";
import "../look/parts.css";
import { mount } from "svelte";

import Ops from "./Ops.svelte";

mount(Ops, { target: document.body });
