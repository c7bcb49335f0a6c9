import { expect, test } from "vitest";

import vectors from "../vectors/work.json";
import { workOn } from "./work.ts";

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));

test.each(vectors.answers)("the first answer worth $bits bits is found", async ({ challenge, bits, work }) => {
    expect(await workOn(bytes(challenge), bits)).toBe(work);
});

test.each(vectors.answers.filter(({ bits }) => bits <= 8))("also without WebCrypto ($bits bits)", async ({ challenge, bits, work }) => {
    expect(await workOn(bytes(challenge), bits, { subtle: null })).toBe(work);
});

test("nothing asks a device for more than it can do", async () => {
    await expect(workOn(new Uint8Array(32), 21)).rejects.toThrow(RangeError);
});
