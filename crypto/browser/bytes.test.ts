import { expect, test } from "vitest";

import { parseBase64, systemRandom, toBase64 } from "./bytes.ts";
import { MalformedError } from "./errors.ts";

test("base64 survives a round trip at every length", () => {
    for (let length = 0; length < 70; length++) {
        const bytes = systemRandom(length);
        expect(parseBase64(toBase64(bytes), length)).toEqual(bytes);
    }
});

test.each(["YQ", "YQ=", " YQ==", "YQ==\n", "YR==", "Y-==", "YQ==YQ=="])("base64 has one spelling: %j is refused", (text) => {
    expect(() => parseBase64(text)).toThrow(MalformedError);
});
