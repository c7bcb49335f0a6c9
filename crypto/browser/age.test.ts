import { describe, expect, test } from "vitest";

import { Blank, checkEnvelope, decrypt, encrypt, Identity, padRecipients, readHeader, Recipient, sealedSize } from "./age.ts";
import { systemRandom, utf8 } from "./bytes.ts";
import { MalformedAgeFileError, MalformedKeyError, NoMatchError, TamperedHeaderError, TamperedPayloadError } from "./errors.ts";

const reviewer = Identity.generate();

test("what is sealed to three people opens for each of them and for nobody else", async () => {
    const people = [reviewer, Identity.generate(), Identity.generate()];
    const file = await encrypt(utf8("سر"), padRecipients(people.map((person) => person.recipient)));

    for (const person of people) expect(await decrypt(file, [person])).toEqual(utf8("سر"));
    await expect(decrypt(file, [Identity.generate()])).rejects.toThrow(NoMatchError);
});

test("a blank becomes the same kind of file, and takes one payload", async () => {
    const blank = await Blank.to(padRecipients([reviewer.recipient]));
    for (const [payload, outcome] of [[utf8("سر"), "sealed"], [utf8("x"), "refused"]] as const) {
        const file = blank.seal(payload);
        if (outcome === "refused") await expect(file).rejects.toThrow(TypeError);
        else expect(await decrypt(await file, [reviewer])).toEqual(payload);
    }
    const large = await (await Blank.to([reviewer.recipient])).seal(new Uint8Array(200_000));
    expect(large.length).toBe(sealedSize(200_000, 1));
});

test.each([0, 1, 65_535, 65_536, 65_537, 200_000])("the size of a file over %d bytes is known in advance", async (size) => {
    const data = systemRandom(65_536).subarray(0, Math.min(size, 65_536));
    const file = await encrypt(new Uint8Array(size).fill(data[0] ?? 0), [reviewer.recipient]);

    expect(file.length).toBe(sealedSize(size, 1));
});

test("a watcher cannot count reviewers up to eight", () => {
    for (const reviewers of [1, 3, 8]) {
        const recipients = Array.from({ length: reviewers }, () => reviewer.recipient);
        expect(padRecipients(recipients)).toHaveLength(8);
    }
    expect(padRecipients(Array.from({ length: 9 }, () => reviewer.recipient))).toHaveLength(16);
});

test("reviewers stand at a random place among the throw-away recipients", () => {
    const places = new Set(
        Array.from({ length: 24 }, () => padRecipients([reviewer.recipient]).indexOf(reviewer.recipient)),
    );
    expect(places.size).toBeGreaterThan(2);
});

test("no flipped byte opens", async () => {
    const file = await encrypt(utf8("text"), [reviewer.recipient]);
    const { length } = readHeader(file);
    const flip = (at: number): Uint8Array => file.map((byte, i) => (i === at ? byte ^ 1 : byte));

    // Another letter of the same alphabet: the MAC is well-formed, and wrong.
    const otherMac = file.map((byte, i) => (i === length - 10 ? (byte === 65 ? 66 : 65) : byte));

    await expect(decrypt(otherMac, [reviewer])).rejects.toThrow(TamperedHeaderError);
    await expect(decrypt(flip(length + 3), [reviewer])).rejects.toThrow(TamperedPayloadError);
    await expect(decrypt(flip(file.length - 1), [reviewer])).rejects.toThrow(TamperedPayloadError);
    await expect(decrypt(file.subarray(0, -1), [reviewer])).rejects.toThrow(TamperedPayloadError);
    await expect(decrypt(file.subarray(0, length + 10), [reviewer])).rejects.toThrow(MalformedAgeFileError);
});

test("keys have one spelling", () => {
    const [recipient, identity] = [reviewer.recipient.encode(), reviewer.encode()];
    expect(Recipient.parse(recipient).encode()).toBe(recipient);
    expect(Identity.parse(identity).recipient.encode()).toBe(recipient);

    const bad = recipient.slice(0, -1) + (recipient.endsWith("q") ? "p" : "q");
    for (const text of [recipient.toUpperCase(), `${recipient} `, bad, identity, "age1pq1", ""]) {
        expect(() => Recipient.parse(text)).toThrow(MalformedKeyError);
    }
    expect(() => Identity.parse(identity.toLowerCase())).toThrow(MalformedKeyError);
});

describe("an envelope", () => {
    test("has the right stanzas and the exact size of a class", async () => {
        const file = await encrypt(new Uint8Array(4096), padRecipients([reviewer.recipient]));
        checkEnvelope(file, 8, [1024, 4096]);

        expect(() => { checkEnvelope(file, 8, [1024]); }).toThrow(MalformedAgeFileError);
        expect(() => { checkEnvelope(file, 16, [4096]); }).toThrow(MalformedAgeFileError);
    });

    test.each(["", "age-encryption.org/v1\n", "age-encryption.org/v1\n-> X25519 abc\nxyz\n--- abc\n", "hello"])(
        "%j is not one",
        (text) => {
            expect(() => readHeader(utf8(text))).toThrow(MalformedAgeFileError);
        },
    );
});
