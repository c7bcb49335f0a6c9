import { defineConfig } from "vitest/config";

export default defineConfig({
    test: {
        include: ["crypto/browser/**/*.test.ts", "redaction/browser/**/*.test.ts", "app/pages/**/*.test.ts", "tests/node/**/*.test.ts"],
        // PBKDF2 in plain JavaScript and X-Wing keys take seconds on a busy machine.
        testTimeout: 60_000,
    },
});
