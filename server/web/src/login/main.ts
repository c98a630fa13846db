import "../look/tokens.css";
import "../look/parts.css";
import { mount } from "svelte";

import Login from "./Login.svelte";

mount(Login, { target: document.body });
