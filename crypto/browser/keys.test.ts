import { expect, test } from "vitest";

import { sha256Of, utf8 } from "./bytes.ts";
import { CitizenKeys, deriveRoot, hashOf, Thread } from "./keys.ts";
import { ReceiptCode } from "./receipt.ts";

const code = new ReceiptCode(new Uint8Array(10).fill(7));
const rootsHash = sha256Of(utf8("roots"));

test("a page without WebCrypto derives the same root key", async () => {
    const iterations = 1000;
    const native = await deriveRoot(code, rootsHash, { iterations });
    const plain = await deriveRoot(code, rootsHash, { iterations, subtle: null });
    expect(plain).toEqual(native);
});

test("a page without WebCrypto hashes a file to the same", async () => {
    const file = new Uint8Array(100_000).fill(5).subarray(1);
    expect(await hashOf(file)).toEqual(sha256Of(file));
    expect(await hashOf(file, null)).toEqual(sha256Of(file));
});

test("a code for one instance says nothing about another", async () => {
    const here = await deriveRoot(code, rootsHash, { iterations: 1 });
    const there = await deriveRoot(code, sha256Of(utf8("other roots")), { iterations: 1 });
    expect(there).not.toEqual(here);
});

test("every key and every name is another", () => {
    const keys = new CitizenKeys(new Uint8Array(32).fill(1));
    const { thread } = keys;
    const all = [
        thread.key,
        keys.replyIdentity.seed,
        keys.logSalt,
        keys.rollSeed,
        keys.contentSalt,
        keys.retryKey,
        ...(["citizen", "team"] as const).flatMap((lane) => [0, 1, 2].flatMap((i) => [thread.name(lane, i), thread.auth(lane, i)])),
    ];
    expect(new Set(all.map((key) => key.join())).size).toBe(18);
});

test("a message authenticates its place in the thread and its words", () => {
    const thread = new Thread(new Uint8Array(32));
    const mac = thread.mac(1, utf8("نعم"));
    expect(thread.mac(2, utf8("نعم"))).not.toEqual(mac);
    expect(thread.mac(1, utf8("لا"))).not.toEqual(mac);
    expect(mac).toHaveLength(32);
});
