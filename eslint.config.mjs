// Our own habits are rules that carry their reason; the rest is typescript-eslint's strictest set.
import eslint from "@eslint/js";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

const NO_TRACE = "leaves a trace on a device that may be searched";
const TRUSTED_TYPES = "the policy forbids it (trusted-types 'none'): build nodes with DOM calls";

export default defineConfig(
    { ignores: [".venv/", "node_modules/", "app/static/", "build/", "demo-data/"] },
    {
        files: ["**/*.ts"],
        extends: [eslint.configs.recommended, tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
        languageOptions: {
            parserOptions: {
                project: ["./tsconfig.json", "./tsconfig.node.json"],
                tsconfigRootDir: import.meta.dirname,
            },
        },
        rules: {
            eqeqeq: "error",
            "no-console": "error",
            "no-eval": "error",
            // A number reads well in a template; everything else is checked.
            "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
            "@typescript-eslint/explicit-module-boundary-types": "error",
            "@typescript-eslint/switch-exhaustiveness-check": "error",
            "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
            "no-restricted-globals": [
                "error",
                { name: "localStorage", message: NO_TRACE },
                { name: "sessionStorage", message: NO_TRACE },
                { name: "indexedDB", message: NO_TRACE },
                { name: "caches", message: NO_TRACE },
                { name: "history", message: NO_TRACE },
                { name: "Worker", message: "workers escape the integrity policy" },
                { name: "WebAssembly", message: "absent at Tor Browser's safer level" },
            ],
            "no-restricted-properties": [
                "error",
                { property: "innerHTML", message: TRUSTED_TYPES },
                { property: "outerHTML", message: TRUSTED_TYPES },
                { property: "insertAdjacentHTML", message: TRUSTED_TYPES },
                { object: "document", property: "cookie", message: NO_TRACE },
                { object: "document", property: "write", message: TRUSTED_TYPES },
                { object: "Math", property: "random", message: "predictable; use crypto.getRandomValues" },
            ],
        },
    },
    {
        files: ["**/*.mjs"],
        extends: [eslint.configs.recommended],
        languageOptions: { globals: { Buffer: "readonly", console: "readonly", process: "readonly", Response: "readonly", URL: "readonly" } },
    },
);
