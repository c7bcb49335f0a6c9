/** Other people's vectors (tests/conformance/README.md), for the browser's half. */

import { createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync, inflateSync } from "node:zlib";

import { describe, expect, test } from "vitest";

import { decrypt, Identity } from "../../crypto/browser/age.ts";
import { sha256Of } from "../../crypto/browser/bytes.ts";
import { CryptoError, MalformedKeyError } from "../../crypto/browser/errors.ts";
import { openNote, VerifierKey } from "../../crypto/browser/note.ts";
import signedNotes from "../conformance/signed_note.json";

const OUTCOMES: Readonly<Record<string, string>> = {
    MalformedAgeFileError: "header failure",
    NoMatchError: "no match",
    TamperedHeaderError: "HMAC failure",
    TamperedPayloadError: "payload failure",
};

interface Vector {
    readonly name: string;
    readonly fields: readonly (readonly [string, string])[];
    readonly body: Uint8Array;
}

function loadVectors(): Vector[] {
    const packed = readFileSync(path.join(import.meta.dirname, "../conformance/cctv_age.json.gz"));
    const files = JSON.parse(gunzipSync(packed).toString()) as Record<string, string>;
    return Object.entries(files).map(([name, encoded]) => parseVector(name, Buffer.from(encoded, "base64")));
}

function parseVector(name: string, data: Buffer): Vector {
    const end = data.indexOf("\n\n");
    const lines = data.subarray(0, end).toString().split("\n");
    const fields = lines.map((line) => [line.replace(/: .*/, ""), line.replace(/^.*?: /, "")] as const);
    const body = data.subarray(end + 2);
    const compressed = fields.some(([key, value]) => key === "compressed" && value === "zlib");
    return { name, fields, body: new Uint8Array(compressed ? inflateSync(body) : body) };
}

function all(vector: Vector, key: string): string[] {
    return vector.fields.filter(([name]) => name === key).map(([, value]) => value);
}

async function outcomeOf(vector: Vector, identities: readonly Identity[]): Promise<string> {
    try {
        const opened = await decrypt(vector.body, identities);
        expect(Buffer.from(sha256Of(opened)).toString("hex")).toBe(all(vector, "payload")[0]);
        return "success";
    } catch (error) {
        if (error instanceof CryptoError) return OUTCOMES[error.name] ?? error.name;
        throw error;
    }
}

describe("the age testkit", () => {
    const vectors = loadVectors();
    const isHybrid = (vector: Vector): boolean => {
        const identities = all(vector, "identity");
        const hybrid = identities.length > 0 && identities.every((text) => text.startsWith("AGE-SECRET-KEY-PQ-1"));
        return hybrid && all(vector, "armored").length === 0;
    };

    test("is all here", () => {
        expect([vectors.length, vectors.filter(isHybrid).length]).toEqual([143, 17]);
    });
    test.each(vectors.filter(isHybrid))("$name ends as it says", async (vector) => {
        const identities = all(vector, "identity").map((text) => Identity.parse(text));
        const outcome = await outcomeOf(vector, identities);
        expect(outcome).toBe(all(vector, "expect")[0]);
    });
    test.each(vectors.filter((vector) => !isHybrid(vector)))("$name, which is not for us, does not open", async (vector) => {
        expect(await outcomeOf(vector, [Identity.generate()])).not.toBe("success");
    });
});

test("an Ed25519 signature counts in the browser exactly if it counts for OpenSSL", () => {
    const packed = readFileSync(path.join(import.meta.dirname, "../conformance/cctv_ed25519.json.gz"));
    const cases = JSON.parse(gunzipSync(packed).toString()) as [string, string, string][];
    expect(cases).toHaveLength(914);
    let accepted = 0;
    for (const [key, signature, message] of cases) {
        const [bytes, expected] = [Buffer.from(message), opensslVerifies(key, signature, message)];
        const own = new VerifierKey("key", unhex(key)).verify(bytes, unhex(signature));
        expect(own, `${key} ${signature}`).toBe(expected);
        accepted += Number(own);
    }
    expect(accepted).toBeGreaterThan(100);
});

function unhex(text: string): Uint8Array {
    return new Uint8Array(Buffer.from(text, "hex"));
}

function opensslVerifies(key: string, signature: string, message: string): boolean {
    const spki = Buffer.from(`302a300506032b6570032100${key}`, "hex");
    const publicKey = createPublicKey({ key: spki, format: "der", type: "spki" });
    return verify(null, Buffer.from(message), publicKey, Buffer.from(signature, "hex"));
}

describe("signed notes", () => {
    test.each(signedNotes.notes)("as Go does: $desc", ({ vkeys, accept, note, note_base64, verified_key_names }) => {
        const untrusted = note ?? new Uint8Array(Buffer.from(note_base64, "base64"));
        const known = vkeys.map((vkey) => VerifierKey.parse(vkey));
        const open = (): string[] => openNote(untrusted, known).verified.map(({ name }) => name);
        if (accept) expect(open()).toEqual(verified_key_names);
        else expect(open).toThrow(CryptoError);
    });
    test.each(signedNotes.vkeys)("as Go reads keys: $vkey", ({ vkey, accept }) => {
        if (accept) expect(VerifierKey.parse(vkey).encode()).toBe(vkey);
        else expect(() => VerifierKey.parse(vkey)).toThrow(MalformedKeyError);
    });
});
