/** C2SP tlog-policy, in the one spelling that we write: whose signatures make a checkpoint true (SPEC.md §9). */

import { parseDecimal, sha256Of, utf8 } from "./bytes.ts";
import { MalformedKeyError, MalformedPolicyError, UnverifiedError } from "./errors.ts";
import { type NoteKey, openNote, parseVkey, VerifierKey } from "./note.ts";
import { Checkpoint, Ed25519Cosigner, MlDsa44Cosigner, timeOf } from "./tlog.ts";

const NONE = "none";

interface Group {
    readonly name: string;
    readonly threshold: number;
    readonly members: readonly string[];
}

export class Policy {
    readonly #logs: NoteKey[] = [];
    readonly #witnesses = new Map<string, NoteKey>();
    readonly #groups: Group[] = [];
    readonly #text: string;
    #quorum: string | undefined;

    private constructor(text: string) {
        this.#text = text;
    }

    /** Raise `MalformedPolicyError` for what we would not write. */
    static parse(untrusted: string): Policy {
        const policy = new Policy(untrusted);
        const lines = untrusted.split("\n");
        demand(lines.pop() === "" && lines.length > 0, "no line end");
        for (const line of lines) policy.#read(line.split(" "));
        demand(policy.#quorum !== undefined, "no quorum");
        return policy;
    }

    #read([keyword, ...items]: readonly string[]): void {
        demand(this.#quorum === undefined && items.every((item) => /^[^\s\p{Cc}]+$/u.test(item)), "line");
        const [name = "", second = "", ...more] = items;
        if (keyword === "log" && items.length === 2) {
            this.#logs.push(parseKey(name, VerifierKey));
        } else if (keyword === "witness" && items.length === 3) {
            this.#define(name);
            this.#witnesses.set(name, parseKey(second, Ed25519Cosigner));
        } else if (keyword === "group") {
            this.#readGroup(name, parseDecimal(second) ?? 0, more);
        } else {
            demand(keyword === "quorum" && items.length === 1 && (name === NONE || this.#isDefined(name)), "line");
            this.#quorum = name;
        }
    }

    #readGroup(name: string, threshold: number, members: readonly string[]): void {
        const used = this.#groups.flatMap((group) => group.members);
        demand(members.every((member) => this.#isDefined(member) && !used.includes(member)), "member");
        demand(new Set(members).size === members.length && threshold >= 1 && threshold <= members.length, "threshold");
        this.#define(name);
        this.#groups.push({ name, threshold, members });
    }

    #define(name: string): void {
        demand(!this.#isDefined(name) && !["all", "any", NONE].includes(name), "name");
    }

    #isDefined(name: string): boolean {
        return this.#witnesses.has(name) || this.#groups.some((group) => group.name === name);
    }

    get digest(): Uint8Array {
        return sha256Of(utf8(this.#text));
    }

    /** Whether no witness is asked for. */
    get isAlone(): boolean {
        return this.#quorum === NONE;
    }

    /** The keys of the log of that name. */
    logKeys(origin: string): readonly NoteKey[] {
        return this.#logs.filter((key) => key.name === origin);
    }

    /**
     * Raise `UnverifiedError` unless log *origin* and a quorum of witnesses signed the note. Of the
     * log's keys those are asked for that a browser can verify.
     */
    open(untrustedNote: Uint8Array, origin: string): Witnessed {
        const logKeys = this.logKeys(origin).filter(isVerifiable);
        const witnesses = Array.from(this.#witnesses).filter(([, key]) => isVerifiable(key));
        const opened = openNote(untrustedNote, [...logKeys, ...witnesses.map(([, key]) => key)]);
        if (logKeys.length === 0 || !logKeys.every((key) => opened.verified.includes(key))) {
            throw new UnverifiedError("the log did not sign this");
        }
        const checkpoint = Checkpoint.parse(opened.text);
        if (checkpoint.origin !== origin) throw new UnverifiedError("a checkpoint of another log");
        const times = new Map<string, number>();
        for (const [name, key] of witnesses) {
            const signature = opened.signatures[opened.verified.indexOf(key)];
            if (signature !== undefined) times.set(name, timeOf(signature));
        }
        if (!this.#isMetBy(Array.from(times.keys()))) throw new UnverifiedError("too few witnesses");
        return { checkpoint, times, seenAt: this.isAlone ? undefined : this.#seenAt(times) };
    }

    #isMetBy(witnesses: readonly string[]): boolean {
        const agreeing = new Set(witnesses);
        for (const { name, threshold, members } of this.#groups) {
            if (members.filter((member) => agreeing.has(member)).length >= threshold) agreeing.add(name);
        }
        return this.isAlone || agreeing.has(this.#quorum ?? "");
    }

    #seenAt(times: ReadonlyMap<string, number>): number {
        const since = (time: number): string[] => Array.from(times).flatMap(([name, seen]) => (seen >= time ? [name] : []));
        return Math.max(...Array.from(times.values()).filter((time) => this.#isMetBy(since(time))));
    }
}

/** A checkpoint that satisfies a policy, and when each witness says that it saw it, in POSIX seconds. */
export interface Witnessed {
    readonly checkpoint: Checkpoint;
    readonly times: ReadonlyMap<string, number>;
    /** The latest time at or after which a quorum saw it; undefined where no witness is asked for. */
    readonly seenAt: number | undefined;
}

function isVerifiable(key: NoteKey): boolean {
    return !(key instanceof MlDsa44Cosigner);
}

function parseKey(vkey: string, kind: new (name: string, key: Uint8Array) => NoteKey): NoteKey {
    for (const each of [kind, MlDsa44Cosigner]) {
        try {
            return parseVkey(vkey, each);
        } catch (error) {
            if (!(error instanceof MalformedKeyError)) throw error;
        }
    }
    throw new MalformedPolicyError("key");
}

function demand(condition: boolean, what: string): asserts condition {
    if (!condition) throw new MalformedPolicyError(what);
}
