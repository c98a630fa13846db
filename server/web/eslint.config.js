import svelte from "eslint-plugin-svelte";
import ts from "typescript-eslint";

export default ts.config(
  { ignores: ["dist/", "node_modules/", "src/api/schema.d.ts"] },
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    languageOptions: { parserOptions: { extraFileExtensions: [".svelte"], parser: ts.parser } },
    rules: {
      "max-lines": ["error", 400],
      "max-lines-per-function": ["error", { max: 60, skipBlankLines: true, skipComments: true }],
      eqeqeq: ["error", "always", { null: "ignore" }],
      // the look's own sprite is inlined once; nothing from outside goes through {@html}
      "svelte/no-at-html-tags": "off",
      // vehicles are plain on purpose: 10,000 of them change each second, and `version` says so once
      "svelte/prefer-svelte-reactivity": "off",
    },
  },
);
