"""The one command: joins the rooms' commands, and loads a room only when it is asked for."""
