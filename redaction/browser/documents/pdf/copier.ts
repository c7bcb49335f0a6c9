/** The twin of `files/documents/pdf/copier.py`: copy the objects of a PDF into a new one, key by key. */

import { zlibSync } from "fflate";

import rules from "../../../files/documents/pdf/rules.json";
import { categoriesOf, LIMITS } from "../../policy.ts";
import { isUnreadable, join } from "../../walker.ts";
import { type Budget, type Filter, tooComplex } from "./filters.ts";
import { bytesOf, type Source, Stream } from "./source.ts";
import { type Entries, nameText, Ref, type Value } from "./syntax.ts";

export const KINDS: Readonly<Record<string, Readonly<Record<string, string>>>> = rules.kinds;
export const LISTS: Readonly<Record<string, readonly string[]>> = rules.lists;
const LEFT = new Map(Object.entries(rules.left).flatMap(([category, keys]) => keys.map((key) => [key, category] as const)));
/** Shorter streams are written as they are, so that packers of all languages agree on them. */
const PACK_FROM = 1024;
export const FLATE = "/Filter /FlateDecode";

/** What writes the value of an entry, or a whole object; undefined for what may not stay. */
export type Rule = (copier: Copier, untrusted: Value) => string | undefined;
export type Rules = Readonly<Record<string, Rule>>;
/** What an object is: its text, or the bytes of a stream with its dictionary. */
type Written = string | Uint8Array;

/** Copies from a source; says what it leaves behind by `note` and `warn`. */
export class Copier {
    readonly source: Source;
    readonly note: (...categories: string[]) => void;
    readonly warn: (warning: string) => void;
    private readonly rules: Rules;
    private readonly kinds: Rules;
    private readonly written: Written[] = [];
    private readonly waiting: (() => Written)[] = [];
    private count = 0;
    private readonly made = new Map<string, unknown>();

    constructor(source: Source, rules: Rules, kinds: Rules, note: (...categories: string[]) => void, warn: (warning: string) => void) {
        this.source = source;
        this.rules = rules;
        this.kinds = kinds;
        this.note = note;
        this.warn = warn;
    }

    get budget(): Budget {
        return this.source.budget;
    }

    /** The reference of a new object that *build* will write when its turn comes. */
    add(build: () => Written): string {
        if (this.waiting.length === LIMITS.pdf_objects) throw tooComplex();
        this.waiting.push(build);
        return `${this.waiting.length} 0 R`;
    }

    put(written: Written): string {
        return this.add(() => written);
    }

    /** What *make* makes of an object, the same again for the same object and use. */
    once<T>(untrusted: Value, use: string, make: () => T): T {
        return untrusted instanceof Ref ? this.known(`${untrusted.key} ${use}`, make) : make();
    }

    /** What *make* made when *key* was met first. */
    known<T>(key: string, make: () => T): T {
        if (!this.made.has(key)) this.made.set(key, make());
        return this.made.get(key) as T;
    }

    /** A word that no other call returns. */
    unique(): string {
        return `unique ${++this.count}`;
    }

    /** All objects; the first one has number 1. */
    finish(): Written[] {
        // The list grows while it is worked off.
        for (const build of this.waiting) this.written.push(build());
        return this.written;
    }

    dictionary(kind: string, entries: Entries, ...more: string[]): string {
        return ["<<", ...this.words(kind, entries), ...more, ">>"].join(" ");
    }

    /** A key and a value for each entry that may stay. */
    words(kind: string, entries: Entries): string[] {
        const allowed = KINDS[kind] ?? {};
        const words: string[] = [];
        for (const [key, rule] of Object.entries(allowed)) {
            const value = entries.get(key);
            const text = rule.startsWith("=") ? nameText(rule.slice(1)) : value === undefined ? undefined : this.value(rule, value);
            if (text !== undefined) words.push(nameText(key), text);
        }
        this.leave(entries, Object.keys(allowed));
        return words;
    }

    /** What *rule* writes for a value. */
    value(rule: string, untrusted: Value): string | undefined {
        const [head = "", argument = ""] = rule.split(":");
        if (head === "one") {
            const name = this.source.name(untrusted);
            return name !== undefined && LISTS[argument]?.includes(name) === true ? nameText(name) : undefined;
        }
        if (head === "ref") return this.once(untrusted, argument, () => this.kinds[argument]?.(this, untrusted));
        return this.rules[head]?.(this, untrusted);
    }

    /** Note what the entries tell that are not *allowed*. */
    leave(entries: Entries, allowed: readonly string[] = []): void {
        for (const [key, value] of entries) {
            const category = allowed.includes(key) ? "nothing" : (LEFT.get(key) ?? "unknown");
            if (category === "metadata") this.note(...this.told(value));
            else if (category !== "nothing") this.note(category);
        }
    }

    /** A stream's dictionary and data; long data are packed. */
    stream(words: readonly string[], data: Uint8Array): Uint8Array {
        return data.length < PACK_FROM ? this.packed(words, data) : this.deflated(words, data);
    }

    deflated(words: readonly string[], data: Uint8Array): Uint8Array {
        return this.packed([...words, FLATE], zlibSync(data));
    }

    /** A stream whose *words* tell how its data are packed. */
    packed(words: readonly string[], data: Uint8Array): Uint8Array {
        const head = [...words, `/Length ${data.length}`].join(" ");
        return join([bytesOf(`<< ${head} >>\nstream\n`), data, bytesOf("\nendstream")]);
    }

    plain(stream: Stream): Uint8Array {
        return this.source.plain(stream);
    }

    filters(entries: Entries): Filter[] {
        return this.source.filters(entries);
    }

    /** What a metadata stream tells, even a broken one. */
    private told(untrusted: Value): string[] {
        const stream = this.source.value(untrusted);
        try {
            return categoriesOf(stream instanceof Stream ? this.plain(stream) : new Uint8Array(), "unknown");
        } catch (error) {
            if (isUnreadable(error)) return ["unknown"];
            throw error;
        }
    }
}
