/** Requests to our own site: nothing about the visitor goes along, failures have names. */

import { parseBase64 } from "../../crypto/browser/bytes.ts";
import { CryptoError } from "../../crypto/browser/errors.ts";
import { mondayOf } from "../../crypto/browser/times.ts";
import { MAX_BITS, workOn } from "../../crypto/browser/work.ts";

const TIMEOUT_MS = 180_000; // One part of 1 MiB over a slow Tor circuit.
const TRIES = 5;
const FIRST_PAUSE_MS = 1_000;
const LOG = "/log/";
/** How often one request is paid for: a price may rise, or an answer be too late. */
const PAYMENTS = 3;

/** No answer came: the request may or may not have arrived. */
export class UnreachableError extends Error {
    override readonly name = "UnreachableError";
}

/** The site answered with a problem document (RFC 9457); `code` ends its `urn:wasl:problem:` type. */
export class RefusedError extends Error {
    override readonly name = "RefusedError";
    readonly status: number;
    readonly code: string;

    constructor(status: number, code: string) {
        super(code);
        this.status = status;
        this.code = code;
    }

    /** Whether the same request may succeed a moment later. */
    get passes(): boolean {
        // A locked site stays so for hours: whoever waits for it should be told now.
        return this.status === 429 || (this.status >= 500 && this.code !== "locked-down");
    }
}

/** Many send at once: the same request passes with work on `challenge`, so hard as `bits` says. */
class WorkWantedError extends RefusedError {
    readonly challenge: Uint8Array;
    readonly bits: number;

    constructor(status: number, problem: Answer) {
        super(status, "work-wanted");
        this.challenge = parseHex(problem.text("challenge"));
        this.bits = problem.integer("bits");
        if (this.bits < 0 || this.bits > MAX_BITS) throw new UnexpectedAnswerError("bits");
    }
}

/** The answer is not what the contract says. */
export class UnexpectedAnswerError extends CryptoError {
    override readonly name = "UnexpectedAnswerError";
}

export type Fetch = typeof fetch;
export type Sleep = (milliseconds: number) => Promise<void>;

export const sleep: Sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Talks to one site. *pause* and *request* are arguments so that tests need no clock and no network. */
export class Site {
    readonly #intake: string;
    readonly #request: Fetch;
    readonly #pause: Sleep;
    /** Called before each repeated try. */
    onAgain: () => void = () => undefined;
    /** Called before this device works for a request. */
    onWork: () => void = () => undefined;

    constructor(intake: string, request: Fetch = fetch.bind(globalThis), pause: Sleep = sleep) {
        this.#intake = intake;
        this.#request = request;
        this.#pause = pause;
    }

    async intake(): Promise<Answer> {
        return this.#patiently(() => this.#json("GET", this.#intake));
    }

    /** *path* is beside the intake: `uploads`, `submissions`. The same bytes are sent at every try. */
    async post(path: string, fields: unknown, envelope?: Uint8Array): Promise<Answer> {
        const content = envelope === undefined ? asJson(fields) : sealed(fields, envelope);
        return this.#patiently(() => this.#paying((work) => this.#json("POST", this.#beside(path), { ...content, work })));
    }

    async get(path: string): Promise<Answer> {
        return this.#patiently(() => this.#json("GET", this.#beside(path)));
    }

    /** A file of the public log; undefined if it is not there. */
    async log(path: string): Promise<Uint8Array | undefined> {
        return this.#patiently(async () => {
            try {
                return await readBytes(await this.#send("GET", `${LOG}${path}`));
            } catch (error) {
                if (error instanceof RefusedError && error.status === 404) return undefined;
                throw error;
            }
        });
    }

    /** Put *bytes*; before trying again ask *arrived*, because the answer may be what got lost. */
    async put(path: string, bytes: Uint8Array<ArrayBuffer>, arrived: () => Promise<boolean>): Promise<void> {
        let tries = 0;
        await this.#patiently(async () => {
            if (tries++ > 0 && (await arrived())) return;
            await this.#send("PUT", this.#beside(path), { body: bytes, type: "application/octet-stream" });
        });
    }

    #beside(path: string): string {
        return this.#intake.replace(/[^/]*$/, path);
    }

    async #paying<T>(task: (work?: string) => Promise<T>): Promise<T> {
        let work: string | undefined;
        for (let paid = 0; ; paid++) {
            try {
                return await task(work);
            } catch (error) {
                if (!(error instanceof WorkWantedError) || paid === PAYMENTS) throw error;
                this.onWork();
                work = await workOn(error.challenge, error.bits);
            }
        }
    }

    async #patiently<T>(task: () => Promise<T>): Promise<T> {
        for (let tried = 1; ; tried++) {
            try {
                return await task();
            } catch (error) {
                const passing = error instanceof UnreachableError || (error instanceof RefusedError && error.passes);
                if (!passing || tried === TRIES) throw error;
            }
            this.onAgain();
            await this.#pause(FIRST_PAUSE_MS * 2 ** (tried - 1));
        }
    }

    async #json(method: string, url: string, content?: Content): Promise<Answer> {
        return Answer.parse(await readText(await this.#send(method, url, content)));
    }

    async #send(method: string, url: string, content: Content = {}): Promise<Response> {
        const { body = null, type, work } = content;
        const request: RequestInit = {
            method,
            body,
            headers: { ...(type === undefined ? {} : { "Content-Type": type }), ...(work === undefined ? {} : { "Wasl-Work": work }) },
            cache: "no-store",
            credentials: "omit",
            redirect: "error",
            referrerPolicy: "no-referrer",
            signal: AbortSignal.timeout(TIMEOUT_MS),
        };
        const response = await this.#request(url, request).catch(() => {
            throw new UnreachableError("no answer");
        });
        if (!response.ok) throw refusal(response.status, await readText(response));
        return response;
    }
}

async function readBytes(response: Response): Promise<Uint8Array> {
    try {
        return new Uint8Array(await response.arrayBuffer());
    } catch {
        throw new UnreachableError("the answer was cut off");
    }
}

async function readText(response: Response): Promise<string> {
    try {
        return await response.text();
    } catch {
        throw new UnreachableError("the answer was cut off");
    }
}

interface Content {
    readonly body?: BodyInit;
    readonly type?: string;
    readonly work?: string | undefined;
}

function asJson(fields: unknown): Content {
    return { body: JSON.stringify(fields), type: "application/json" };
}

/** A line of JSON, and after it the age file. */
function sealed(fields: unknown, envelope: Uint8Array): Content {
    return { body: new Blob([JSON.stringify(fields), "\n", new Uint8Array(envelope)]), type: "application/vnd.wasl.sealed" };
}

function refusal(status: number, untrusted: string): RefusedError {
    try {
        const problem = Answer.parse(untrusted);
        const code = problem.text("type").replace(/^urn:wasl:problem:/, "");
        return code === "work-wanted" ? new WorkWantedError(status, problem) : new RefusedError(status, code);
    } catch {
        return new RefusedError(status, "");
    }
}

function parseHex(untrusted: string): Uint8Array {
    if (!/^[0-9a-f]{64}$/.test(untrusted)) throw new UnexpectedAnswerError("challenge");
    return Uint8Array.from(untrusted.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** An object of the site's JSON, read with types. */
export class Answer {
    readonly #values: ReadonlyMap<string, unknown>;

    constructor(untrusted: unknown) {
        if (typeof untrusted !== "object" || untrusted === null) throw new UnexpectedAnswerError("not an object");
        this.#values = new Map<string, unknown>(Object.entries(untrusted));
    }

    static parse(untrusted: string): Answer {
        let value: unknown;
        try {
            value = JSON.parse(untrusted);
        } catch {
            throw new UnexpectedAnswerError("not JSON");
        }
        return new Answer(value);
    }

    text(name: string): string {
        const value = this.#values.get(name);
        if (typeof value !== "string") throw new UnexpectedAnswerError(name);
        return value;
    }

    /** 32 bytes. */
    hash(name: string): Uint8Array<ArrayBuffer> {
        try {
            return new Uint8Array(parseBase64(this.text(name), 32));
        } catch {
            throw new UnexpectedAnswerError(name);
        }
    }

    /** An ISO week. */
    week(name: string): string {
        const week = this.text(name);
        if (mondayOf(week) === undefined) throw new UnexpectedAnswerError(name);
        return week;
    }

    integer(name: string): number {
        const value = this.#values.get(name);
        if (typeof value !== "number" || !Number.isSafeInteger(value)) throw new UnexpectedAnswerError(name);
        return value;
    }

    integers(name: string): readonly number[] {
        const value = this.#values.get(name);
        if (!Array.isArray(value)) throw new UnexpectedAnswerError(name);
        return value.map((item: unknown) => new Answer({ item }).integer("item"));
    }

    object(name: string): Answer {
        return new Answer(this.#values.get(name));
    }

    objects(name: string): readonly Answer[] {
        const value = this.#values.get(name);
        if (!Array.isArray(value)) throw new UnexpectedAnswerError(name);
        return value.map((item) => new Answer(item));
    }
}
