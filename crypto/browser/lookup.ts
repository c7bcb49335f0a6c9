/**
 * How the holder of a code looks her leaf up, and nobody learns which it is (SPEC.md §13).
 *
 * She reads whole bundles only, from a boundary that is the same for everyone up to the newest
 * leaf, and goes further back in steps of `STEP` bundles until her leaf is there, or a batch from
 * before the week in which her submission came. Everything is verified against the signed root.
 */

import { equal } from "./bytes.ts";
import { DifferentTileError, MalformedLeafError, MalformedTileError } from "./errors.ts";
import { addDays } from "./dates.ts";
import type { Roots } from "./keyring.ts";
import {
    acceptLeaf,
    openRules,
    parseRollPart,
    parseSeal,
    parseStatePolicy,
    rollStatus,
    rollTag,
    type RollPart,
    type Rules,
    type Seal,
    statusIn,
} from "./leaves.ts";
import type { Witnessed } from "./policy.ts";
import { type Checkpoint, inclusionRanges, leafHash, parseBundle, parseTile, type Span, tilePath, treeRoot, WIDTH } from "./tlog.ts";
import { DAY, midnight, mondayOf, periodStart } from "./times.ts";

/** Bundles: everyone reads at least so many, and fewer than twice as many, if there are. */
export const STEP = 32;

const SEAL = new TextEncoder().encode("seal/v1 ");
const ROLL = new TextEncoder().encode("roll/v1 ");
const RANKS: Readonly<Record<string, number>> = { received: 0, read: 1, declined: 2, withdrawn: 2 };

/** Fetches a file of the log by its path. */
export type ReadFile = (path: string) => Promise<Uint8Array>;

/** The last day that the promise of a submission of that week may name. */
export function latestMerge(week: string): string {
    const monday = mondayOf(week);
    if (monday === undefined) throw new RangeError("week");
    return addDays(monday, 8);
}

/** The newest entries of a log, in whole bundles, verified. Raises `DifferentTileError`. */
export class Newest {
    readonly checkpoint: Checkpoint;
    entries: readonly Uint8Array[] = [];
    readonly #read: ReadFile;
    /** The root over each bundle. */
    readonly #roots: Uint8Array[] = [];
    #hashes: readonly Uint8Array[] = [];
    #begin = 0;

    private constructor(read: ReadFile, checkpoint: Checkpoint) {
        this.#read = read;
        this.checkpoint = checkpoint;
    }

    static async read(read: ReadFile, checkpoint: Checkpoint): Promise<Newest> {
        const newest = new Newest(read, checkpoint);
        await newest.#readRoots();
        const count = newest.#roots.length;
        newest.#begin = Math.max(0, (Math.floor(count / STEP) - 1) * STEP);
        await newest.#prepend(newest.#begin, count);
        return newest;
    }

    /** The index of the first of `entries`. */
    get first(): number {
        return this.#begin * WIDTH;
    }

    /** Go one step back; false at the beginning of the log. */
    async readMore(): Promise<boolean> {
        if (this.#begin === 0) return false;
        const end = this.#begin;
        this.#begin -= STEP;
        await this.#prepend(this.#begin, end);
        return true;
    }

    /** Any entry, also from before `first`: one that everyone who checks reads. */
    async entry(index: number): Promise<Uint8Array> {
        const bundle = index >= this.first ? this.entries : await this.#bundle(Math.floor(index / WIDTH));
        const entry = bundle[index >= this.first ? index - this.first : index % WIDTH];
        if (entry === undefined) throw new MalformedLeafError("no such entry");
        return entry;
    }

    /** The hashes that prove that entry *index*, which has been read, is in the tree. */
    proof(index: number): readonly Uint8Array[] {
        return inclusionRanges(index, this.checkpoint.size).map((span) => this.#hashOf(span));
    }

    async #readRoots(): Promise<void> {
        const { size, root } = this.checkpoint;
        const full = Math.floor(size / WIDTH);
        for (let index = 0; index * WIDTH < full; index++) {
            const width = Math.min(WIDTH, full - index * WIDTH);
            const path = tilePath(1, index, width);
            const tile = await this.#read(path);
            this.#roots.push(...orDifferent(path, () => parseTile(tile, width)));
        }
        if (size % WIDTH > 0) this.#roots.push(treeRoot((await this.#parsed(full)).map(leafHash)));
        if (!equal(treeRoot(this.#roots), root)) throw new DifferentTileError("the right edge");
    }

    async #prepend(begin: number, end: number): Promise<void> {
        const read: Uint8Array[] = [];
        for (let number = begin; number < end; number++) read.push(...(await this.#bundle(number)));
        this.entries = [...read, ...this.entries];
        this.#hashes = [...read.map(leafHash), ...this.#hashes];
    }

    async #bundle(number: number): Promise<readonly Uint8Array[]> {
        const entries = await this.#parsed(number);
        const expected = this.#roots[number];
        if (expected === undefined || !equal(treeRoot(entries.map(leafHash)), expected)) {
            throw new DifferentTileError(tilePath("entries", number, entries.length));
        }
        return entries;
    }

    async #parsed(number: number): Promise<readonly Uint8Array[]> {
        const width = Math.min(WIDTH, this.checkpoint.size - number * WIDTH);
        const path = tilePath("entries", number, width);
        const bundle = await this.#read(path);
        return orDifferent(path, () => parseBundle(bundle, width));
    }

    #hashOf([begin, end]: Span): Uint8Array {
        const [from, to] = [Math.floor(begin / WIDTH), Math.ceil(end / WIDTH)];
        const whole = begin % WIDTH === 0 && (end % WIDTH === 0 || end === this.checkpoint.size);
        if (whole) return treeRoot(this.#roots.slice(from, to));
        return treeRoot(this.#hashes.slice(begin - this.first, end - this.first));
    }
}

function orDifferent<T>(path: string, parse: () => T): T {
    try {
        return parse();
    } catch (error) {
        if (error instanceof MalformedTileError) throw new DifferentTileError(path);
        throw error;
    }
}

/** The rules that the newest state leaf names, and their index; the roots must have signed them. */
export async function newestRules(newest: Newest, roots: Roots): Promise<{ index: number; rules: Rules }> {
    const { size, origin } = newest.checkpoint;
    if (size === 0) throw new MalformedLeafError("an empty log");
    const { state } = parseSeal(await newest.entry(size - 1));
    if (state === undefined) throw new MalformedLeafError("a log without rules");
    const index = parseStatePolicy(await newest.entry(state));
    return { index, rules: openRules(await newest.entry(index), roots, origin) };
}

export type LookupState = "included" | "late" | "pending" | "missing" | "disputed";
export type LookupProblem = "late" | "missing" | "tag" | "status" | "roll" | "stale";

/** What the log says about one submission; without `problems` every promise is kept. */
export interface Lookup {
    readonly state: LookupState;
    readonly problems: readonly LookupProblem[];
    readonly index: number | undefined;
    /** The day by which the leaf must be there. */
    readonly due: string;
    /** Status by age in seconds; undefined where the holder's line is missing. */
    readonly rolls: ReadonlyMap<number, string | undefined>;
    readonly proof: readonly Uint8Array[] | undefined;
}

/** Go so far back that the leaf is there, or cannot be before. */
export async function readBackTo(newest: Newest, commitment: Uint8Array, since: number): Promise<void> {
    while (indexOf(newest, commitment) === undefined && !reaches(newest.entries, since)) {
        if (!(await newest.readMore())) return;
    }
}

function indexOf(newest: Newest, commitment: Uint8Array): number | undefined {
    const leaf = acceptLeaf(commitment);
    const at = newest.entries.findIndex((entry) => equal(entry, leaf));
    return at < 0 ? undefined : newest.first + at;
}

/** Whether these entries begin with a batch of before that instant. */
function reaches(entries: readonly Uint8Array[], since: number): boolean {
    const first = entries.find((entry) => startsWith(entry, SEAL));
    const seal = first && readSeal(first);
    return seal !== undefined && seal.slot < since;
}

/** Of the log: who is asking, for what, and what the mailbox says. */
export interface Question {
    readonly commitment: Uint8Array;
    readonly rollSeed: Uint8Array;
    /** A date. */
    readonly due: string;
    /** A word of SPEC.md §8. */
    readonly status: string;
    /** POSIX seconds. */
    readonly now: number;
}

/** Whether the log keeps what was promised. */
export function judge(newest: Newest, witnessed: Witnessed, found: { index: number; rules: Rules }, question: Question): Lookup {
    const { due } = question;
    const limit = midnight(due);
    const index = indexOf(newest, question.commitment);
    const seals = dailySeals(newest);
    const slot = seals.at(-1)?.slot;
    const stale: readonly LookupProblem[] = isStale(slot, witnessed, found.rules, question.now) ? ["stale"] : [];
    if (index === undefined) {
        const isMissing = (slot ?? 0) >= limit || (witnessed.seenAt ?? 0) >= limit + DAY;
        const [state, problems] = isMissing ? (["missing", ["missing"]] as const) : (["pending", []] as const);
        return { state, problems: [...problems, ...stale], index, due, rolls: new Map(), proof: undefined };
    }
    const own = seals.filter((seal) => seal.index >= index);
    const rolls = readRolls(newest, own[0]?.cohort, question.rollSeed);
    const isLate = (own[0]?.slot ?? 0) > limit;
    const wrong = new Set([...wrongStatuses(rolls, question.status), ...missingRolls(own, rolls, found)]);
    const state = wrong.size > 0 ? "disputed" : isLate ? "late" : "included";
    const problems: readonly LookupProblem[] = [...(isLate ? (["late"] as const) : []), ...wrong, ...stale];
    return { state, problems, index, due, rolls, proof: newest.proof(index) };
}

function readRolls(newest: Newest, cohort: string | undefined, seed: Uint8Array): ReadonlyMap<number, string | undefined> {
    const rolls = new Map<number, string | undefined>();
    for (const entry of newest.entries) {
        const part = startsWith(entry, ROLL) ? readRoll(entry) : undefined;
        if (part === undefined || part.cohort !== cohort) continue;
        const status = statusIn(part, rollTag(seed, newest.checkpoint.origin, part.cohort, part.age));
        rolls.set(part.age, rolls.get(part.age) ?? status);
    }
    return new Map(Array.from(rolls).sort(([one], [other]) => one - other));
}

/** A status only goes forward, so no roll can be ahead of what the holder is shown. */
function wrongStatuses(rolls: ReadonlyMap<number, string | undefined>, status: string): readonly LookupProblem[] {
    const present = rollStatus(status);
    return Array.from(rolls.values()).flatMap((rolled): LookupProblem[] => {
        if (rolled === undefined) return ["tag"];
        return rolled !== present && (RANKS[rolled] ?? 9) >= (RANKS[present] ?? 0) ? ["status"] : [];
    });
}

/** Rolls that are due by now. Of rules that came later nobody can say here what they changed. */
function missingRolls(
    [first, ...more]: readonly Seal[],
    rolls: ReadonlyMap<number, string | undefined>,
    { index, rules }: { index: number; rules: Rules },
): readonly LookupProblem[] {
    const after = more.find(({ cohort }) => cohort !== first?.cohort);
    const last = [first, ...more].filter((seal) => seal?.cohort === first?.cohort).at(-1);
    const newest = more.filter(({ cohort }) => cohort !== first?.cohort).at(-1);
    if (after === undefined || last === undefined || newest === undefined || index > after.index) return [];
    const end = periodStart(last.slot, rules.cohort) + rules.cohort;
    return rules.ages.some((age) => end + age <= newest.slot && !rolls.has(age)) ? ["roll"] : [];
}

function isStale(slot: number | undefined, { seenAt }: Witnessed, rules: Rules, now: number): boolean {
    if (seenAt !== undefined) return now - seenAt > rules.stale;
    return slot === undefined || now - slot > Math.max(rules.stale, rules.gap + rules.merge);
}

function dailySeals(newest: Newest): readonly Seal[] {
    return newest.entries.flatMap((entry) => {
        const seal = startsWith(entry, SEAL) ? readSeal(entry) : undefined;
        return seal?.isDaily ? [seal] : [];
    });
}

function startsWith(entry: Uint8Array, prefix: Uint8Array): boolean {
    return prefix.every((byte, i) => entry[i] === byte);
}

function readSeal(entry: Uint8Array): Seal | undefined {
    return orNothing(() => parseSeal(entry));
}

function readRoll(entry: Uint8Array): RollPart | undefined {
    return orNothing(() => parseRollPart(entry));
}

/** What is no leaf is for auditors to judge; it holds nothing for anybody. */
function orNothing<T>(parse: () => T): T | undefined {
    try {
        return parse();
    } catch (error) {
        if (error instanceof MalformedLeafError) return undefined;
        throw error;
    }
}
