/** What a holder reads in the log: accept leaves, rolls, seals, and where the rules are (SPEC.md §10). */

import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";

import { equal, parseBase64, parseDecimal, parseUtf8, toBase64, utf8 } from "./bytes.ts";
import { MalformedError, MalformedLeafError, UnverifiedError } from "./errors.ts";
import type { Roots } from "./keyring.ts";
import { openNote } from "./note.ts";
import type { Policy } from "./policy.ts";
import { HASH_BYTES } from "./tlog.ts";
import { decodeCohort, decodeDuration, decodeInstant, encodeDuration } from "./times.ts";

const MAX_LINES = 128;
const MAX_PARTS = 100_000;
const ROLL_LINES = /^(?:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]= [a-z]{1,12}(?::[1-9][0-9]?)?\n)*$/;
const TAG_LETTERS = 44;

export function acceptLeaf(commitment: Uint8Array): Uint8Array {
    return utf8(`accept/v1 ${toBase64(commitment)}\n`);
}

/** What `crypto.roll_status` says: whose turn it is stays between the two sides. */
export function rollStatus(status: string): string {
    return status === "question" ? "read" : status;
}

/** The tag under which a roll has the holder's line. */
export function rollTag(seed: Uint8Array, origin: string, cohort: string, age: number): string {
    const text = `roll/v1\n${origin}\n${cohort}\n${encodeDuration(age)}\n`;
    return toBase64(hmac(sha256, seed, utf8(text)));
}

export interface RollPart {
    readonly cohort: string;
    readonly age: number;
    readonly part: number;
    readonly parts: number;
    readonly lines: readonly string[];
}

/** Raise `MalformedLeafError` unless *untrusted* is a part of a roll. */
export function parseRollPart(untrusted: Uint8Array): RollPart {
    const [head = "", ...lines] = decode(untrusted).slice(0, -1).split("\n");
    const [, cohort = "", spelledAge = "", place = ""] = head.split(" ");
    const [part = 0, parts = 0] = place.split("/").map((number) => parseDecimal(number) ?? 0);
    const age = decodeDuration(spelledAge);
    const known = decodeCohort(cohort) !== undefined && age !== undefined;
    demand(known && part >= 1 && part <= parts && parts <= MAX_PARTS);
    const fewest = part < parts ? MAX_LINES : Number(parts > 1);
    demand(lines.length >= fewest && lines.length <= MAX_LINES);
    const body = lines.map((line) => `${line}\n`).join("");
    demand(ROLL_LINES.test(body) && equal(utf8(`roll/v1 ${cohort} ${encodeDuration(age)} ${part}/${parts}\n${body}`), untrusted));
    return { cohort, age, part, parts, lines };
}

/** The status in the line with that tag. */
export function statusIn({ lines }: RollPart, tag: string): string | undefined {
    return lines.find((line) => line.startsWith(`${tag} `))?.slice(TAG_LETTERS + 1);
}

/** The last leaf of a batch. */
export interface Seal {
    readonly slot: number;
    readonly isDaily: boolean;
    readonly cohort: string;
    /** Index of the newest state leaf. */
    readonly state: number | undefined;
    /** Where this leaf must be. */
    readonly index: number;
}

/** Raise `MalformedLeafError` unless *untrusted* is a seal. */
export function parseSeal(untrusted: Uint8Array): Seal {
    const text = decode(untrusted);
    const pattern =
        /^seal\/v1 (\S+) (daily|control)\nfirst (\d+)\naccept (\d+)\nroll (\d+)\ncontrol (\d+)\ncohort (\S+)\nstate (none|\d+)\nprev (none|\d+)\n$/;
    const [, slot = "", kind = "", first = "", accept = "", roll = "", control = "", cohort = "", state = "", prev = ""] =
        pattern.exec(text) ?? [];
    const instant = decodeInstant(slot);
    const counts = [first, accept, roll, control].map(parseDecimal);
    const places = [state, prev].map((place) => (place === "none" ? 0 : parseDecimal(place)));
    demand(instant !== undefined && decodeCohort(cohort) !== undefined);
    demand([...counts, ...places].every((number) => number !== undefined));
    return {
        slot: instant,
        isDaily: kind === "daily",
        cohort,
        state: state === "none" ? undefined : parseDecimal(state),
        index: counts.reduce<number>((sum, count) => sum + (count ?? 0), 0),
    };
}

/** Where the newest rules are; raise `MalformedLeafError` unless *untrusted* is a state leaf that says so. */
export function parseStatePolicy(untrusted: Uint8Array): number {
    const place = "(?:none|\\d+ [A-Za-z0-9+/]{43}=)";
    const pattern = new RegExp(`^state/v1\\nkeyring ${place}\\npolicy (\\d+) [A-Za-z0-9+/]{43}=\\nbundle ${place}\\n$`);
    const [, index = ""] = pattern.exec(decode(untrusted)) ?? [];
    const found = parseDecimal(index);
    demand(found !== undefined);
    return found;
}

/** What a holder must know of the rules that a log binds itself to; durations in seconds. */
export interface Rules {
    readonly log: readonly string[];
    readonly promise: string;
    readonly witnesses: Uint8Array;
    readonly gap: number;
    readonly merge: number;
    readonly stale: number;
    readonly cohort: number;
    readonly ages: readonly number[];
}

/**
 * The rules in a leaf. Raise `UnverifiedError` unless a quorum of the roots signed them for *origin*;
 * what the roots have signed is not checked for its spelling.
 */
export function openRules(untrusted: Uint8Array, roots: Roots, origin: string): Rules {
    const heading = "policy/v1\n";
    const entry = decode(untrusted);
    demand(entry.startsWith(heading));
    const opened = openNote(entry.slice(heading.length), roots.keys);
    if (opened.verified.length < roots.quorum) throw new UnverifiedError("too few roots signed the rules");
    const lines = opened.text.split("\n").map((line) => /^(\S+) ?(.*)$/.exec(line) ?? []);
    const all = (word: string): readonly string[] => lines.flatMap(([, found, value = ""]) => (found === word ? [value] : []));
    const one = (word: string): string => all(word)[0] ?? "";
    if (!opened.text.startsWith("wasl/log-policy/v1\n") || one("origin") !== origin) throw new UnverifiedError("other rules");
    return {
        log: all("log"),
        promise: one("promise"),
        witnesses: parseHash(one("witnesses")),
        gap: duration(one("gap")),
        merge: duration(one("merge")),
        stale: duration(one("stale")),
        cohort: duration(one("cohort")),
        ages: one("ages").split(" ").map(duration),
    };
}

/** Whether the roots, who signed the rules, vouch for these log keys and witnesses. */
export function namesPolicy(rules: Rules, policy: Policy, origin: string): boolean {
    const keys = policy.logKeys(origin).map((key) => key.encode());
    return equal(rules.witnesses, policy.digest) && keys.join("\n") === rules.log.join("\n");
}

function duration(untrusted: string): number {
    const seconds = decodeDuration(untrusted);
    demand(seconds !== undefined);
    return seconds;
}

function parseHash(untrusted: string): Uint8Array {
    try {
        return parseBase64(untrusted, HASH_BYTES);
    } catch {
        throw new MalformedLeafError("hash");
    }
}

function decode(untrusted: Uint8Array): string {
    try {
        return parseUtf8(untrusted);
    } catch (error) {
        if (error instanceof MalformedError) throw new MalformedLeafError("not UTF-8");
        throw error;
    }
}

function demand(condition: boolean): asserts condition {
    if (!condition) throw new MalformedLeafError("leaf");
}
