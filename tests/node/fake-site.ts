/** A site in memory that keeps the HTTP contract, and a network that can be made bad. */

import { Identity } from "../../crypto/browser/age.ts";
import { concat, equal, parseBase64, sha256Of, systemRandom, toBase64, utf8 } from "../../crypto/browser/bytes.ts";
import { acceptCommitment, LogPromise, rollCommit } from "../../crypto/browser/commitment.ts";
import { type Reply, sealReply } from "../../crypto/browser/envelope.ts";
import { Keyring, type Organisation, Roots, signKeyring } from "../../crypto/browser/keyring.ts";
import type { Recipient } from "../../crypto/browser/age.ts";
import { SigningKey } from "../../crypto/browser/note.ts";
import { workOn } from "../../crypto/browser/work.ts";
import { type Fetch, Site } from "../../app/pages/http.ts";

export const TODAY = "2026-11-25";
const ORIGIN = "fake.wasl.example";
const PART_BYTES = 1024 * 1024;

interface Upload {
    readonly size: number;
    readonly parts: Map<number, Uint8Array>;
}

interface Request {
    readonly method: string;
    readonly path: string;
    body: Uint8Array;
    /** The header that says what the device worked out. */
    readonly work: string | null;
}

function officers(): [SigningKey[], Roots] {
    const keys = ["a", "b", "c"].map((name) => SigningKey.generate(`${ORIGIN}/root/${name}`));
    const vkeys = keys.map((key) => key.verifier).sort((a, b) => (a.encode() < b.encode() ? -1 : 1));
    return [keys, new Roots(vkeys, 2)];
}

/** What happens to one request: it is lost on the way, its answer is, it is refused (with a problem's code), or nothing. */
export type Weather = (request: Request) => "lost" | "answer-lost" | number | readonly [number, string] | undefined;

export class FakeSite {
    readonly reviewer = Identity.generate();
    readonly device = SigningKey.generate(`${ORIGIN}/device/huda`);
    readonly promiseKey = SigningKey.generate(`${ORIGIN}/promise`);
    readonly origin = ORIGIN;
    roots: Roots;
    #rootKeys: readonly SigningKey[];
    keyring: Keyring;
    weather: Weather = () => undefined;
    readonly requests: Request[] = [];
    readonly pauses: number[] = [];
    readonly uploads = new Map<string, Upload>();
    readonly stored = new Map<string, { readonly body: Uint8Array; readonly envelope: Uint8Array }>();
    readonly replies = new Map<string, Uint8Array>();
    status = "received";
    /** While many send: what a POST that stores something must be worth. */
    bits: number | undefined;
    wrongPromise = false;

    constructor() {
        [this.#rootKeys, this.roots] = officers();
        this.keyring = this.#keyring(1, new Uint8Array(32), "2026-W48", "2026-11-23", "2026-12-07");
    }

    #keyring(serial: number, previous: Uint8Array, week: string, notBefore: string, notAfter: string): Keyring {
        const reviewer = { id: "huda", recipient: this.reviewer.recipient, device: this.device.verifier };
        const org: Organisation = { slug: "org", nameAr: "منظمة", nameEn: "Org", probation: undefined, reviewers: [reviewer] };
        return new Keyring({ origin: ORIGIN, serial, previous, week, notBefore, notAfter, orgs: [org] });
    }

    /** A later keyring that is good today as well. */
    renewKeyring(): void {
        this.keyring = this.#keyring(2, this.keyring.digest, "2026-W47", "2026-11-16", "2026-11-30");
    }

    /** Another instance under the same name. */
    renewRoots(): void {
        [this.#rootKeys, this.roots] = officers();
    }

    /** The client's view: same bytes, no waiting. */
    get client(): Site {
        const pause = (milliseconds: number): Promise<void> => {
            this.pauses.push(milliseconds);
            return Promise.resolve();
        };
        return new Site("/api/v1/intake", this.#fetch, pause);
    }

    paths(): string[] {
        return this.requests.map(({ method, path }) => `${method} ${path}`);
    }

    async reply(reply: Omit<Reply, "origin">, name: Uint8Array, to: Recipient, key = this.device): Promise<void> {
        this.replies.set(toBase64(name), await sealReply({ origin: ORIGIN, ...reply }, key, to));
    }

    readonly #fetch: Fetch = async (input, init) => {
        const path = (typeof input === "string" ? input : "").replace("/api/v1/", "");
        const work = new Headers(init?.headers).get("Wasl-Work");
        const request = { method: init?.method ?? "GET", path, body: new Uint8Array(), work };
        this.requests.push(request);
        request.body = new Uint8Array(await new Response(init?.body ?? null).arrayBuffer());
        const fate = this.weather(request);
        if (fate === "lost") throw new TypeError("network");
        if (typeof fate === "number") return problem(fate, "bad-weather");
        if (typeof fate === "object") return problem(...fate);
        if (this.bits !== undefined && ["uploads", "submissions", "messages"].includes(path)) {
            const challenge = sha256Of(utf8(path));
            const worked = await workOn(challenge, this.bits);
            if (work !== worked) return problem(429, "work-wanted", { challenge: Buffer.from(challenge).toString("hex"), bits: this.bits });
        }
        const answer = this.#answer(request);
        if (fate === "answer-lost") throw new TypeError("network");
        return answer;
    };

    #answer({ method, path, body }: Request): Response {
        const [room = "", id = "", part = ""] = path.split("/");
        switch (`${method} ${room}`) {
            case "GET intake":
                return Response.json(this.#intake());
            case "POST uploads":
                return this.#begin(body);
            case "GET uploads":
                return Response.json({ have: [...(this.uploads.get(id)?.parts.keys() ?? [])] });
            case "PUT uploads":
                return this.#put(id, Number(part), body);
            case "POST submissions":
                return this.#submit(body);
            case "POST messages":
                return this.#store(body) ?? Response.json({}, { status: 201 });
            case "POST mailbox":
                return this.#mailbox(body);
            default:
                return problem(404, "not-found");
        }
    }

    #intake(): unknown {
        return {
            origin: ORIGIN,
            keyring: signKeyring(this.keyring, ...this.#rootKeys.slice(1)),
            roots: this.roots.encode(),
            promise_key: this.promiseKey.verifier.encode(),
            topics: [{ slug: "bus-stops" }],
            limits: { text_bytes: 200_000, attachments: 10, attachment_bytes: 104_857_600 },
            log: { vkeys: [], policy: "quorum none\n", size: 0 },
        };
    }

    #begin(body: Uint8Array): Response {
        const { size } = parse(body) as { size: number };
        const id = Buffer.from(systemRandom(32)).toString("hex");
        this.uploads.set(id, { size, parts: new Map() });
        return Response.json({ id, part_bytes: PART_BYTES, parts: Math.ceil(size / PART_BYTES) }, { status: 201 });
    }

    #put(id: string, part: number, body: Uint8Array): Response {
        const upload = this.uploads.get(id);
        if (upload === undefined) return problem(404, "unknown-upload");
        const known = upload.parts.get(part);
        if (known !== undefined && !equal(known, body)) return problem(409, "part-taken");
        upload.parts.set(part, body);
        return new Response(null, { status: 204 });
    }

    /** The bytes that arrived for an attachment with this digest. */
    file(digest: Uint8Array): Uint8Array | undefined {
        const files = [...this.uploads.values()].map(({ parts }) =>
            concat(...[...parts.entries()].sort(([a], [b]) => a - b).map(([, bytes]) => bytes)),
        );
        return files.find((file) => equal(sha256Of(file), digest));
    }

    #store(body: Uint8Array): Response | undefined {
        const { fields, envelope } = parseSealed(body);
        const { name, keyring } = fields as { name: string; keyring: number };
        const before = this.stored.get(name);
        if (before !== undefined) return equal(before.body, body) ? undefined : problem(409, "already-sent");
        if (keyring !== this.keyring.serial) return problem(409, "stale-keyring");
        this.stored.set(name, { body, envelope });
        return undefined;
    }

    #submit(body: Uint8Array): Response {
        const refusal = this.#store(body);
        if (refusal !== undefined) return refusal;
        const request = parseSealed(body).fields as { log_salt: string; content_commit: string; roll_seed: string };
        const roll = rollCommit(parseBase64(request.roll_seed));
        const commitment = this.wrongPromise
            ? systemRandom(32)
            : acceptCommitment(parseBase64(request.log_salt), parseBase64(request.content_commit), roll);
        const promise = new LogPromise(ORIGIN, commitment, "2026-11-27").sign(this.promiseKey);
        return Response.json({ commitment: toBase64(commitment), promise, merge_by: "2026-11-27" }, { status: 201 });
    }

    #mailbox(body: Uint8Array): Response {
        const request = parse(body) as { case: { name: string }; names: { name: string }[] };
        const known = this.stored.has(request.case.name);
        const found = request.names.filter(({ name }) => known && this.replies.has(name)).slice(0, 4);
        const slots = found.map(({ name }) => ({ name, envelope: toBase64(this.replies.get(name) ?? utf8("")) }));
        while (slots.length < 4) slots.push({ name: toBase64(systemRandom(32)), envelope: toBase64(systemRandom(100)) });
        const envelope = this.stored.get(request.case.name)?.envelope;
        const digest = toBase64(envelope === undefined ? systemRandom(32) : sha256Of(envelope));
        return Response.json({ status: (known ? this.status : "unknown").padEnd(12), week: "2026-W48", digest, slots });
    }
}

function parse(body: Uint8Array): unknown {
    return JSON.parse(new TextDecoder().decode(body));
}

/** A line of JSON, and after it the age file. */
function parseSealed(body: Uint8Array): { fields: unknown; envelope: Uint8Array } {
    const end = body.indexOf("\n".charCodeAt(0));
    return { fields: parse(body.subarray(0, end)), envelope: body.slice(end + 1) };
}

function problem(status: number, code: string, more: object = {}): Response {
    return Response.json({ type: `urn:wasl:problem:${code}`, status, ...more }, { status });
}
