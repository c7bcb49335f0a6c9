/**
 * The twin of `files/documents/pdf_syntax.py`: the words a PDF is written in.
 *
 * Texts are strings with one character for each byte.
 */

import { UnreadableFileError } from "../../walker.ts";
import type { Budget } from "./filters.ts";
import type { Stream } from "./source.ts";

const MAX_NESTING = 40;
const MAX_NESTED_STRING = 65_536;
const MAX_NUMBER = 2 ** 53;

export class Name {
    /** Without its slash. */
    readonly text: string;

    constructor(text: string) {
        this.text = text;
    }
}

/** A string that was decoded. */
export class Text {
    readonly text: string;

    constructor(text: string) {
        this.text = text;
    }
}

/** A reference to an object by number and generation. */
export class Ref {
    readonly number: number;
    readonly generation: number;

    constructor(number: number, generation: number) {
        this.number = number;
        this.generation = generation;
    }

    get key(): string {
        return `${this.number} ${this.generation}`;
    }
}

export type Entries = Map<string, Value>;
export type Value = null | boolean | number | Name | Text | Ref | Stream | Value[] | Entries;

export interface Token {
    readonly word: string;
    /** Where it begins and ends. */
    readonly at: number;
    readonly end: number;
}

const TOKEN = /(?:[\0\t\n\f\r ]|%[^\r\n]*)*(\/?[^\0\t\n\f\r ()<>[\]{}/%]+|\((?:[^()\\]|\\.)*\)|<<|>>|<[^<>]*>|.|$)/sy;
const PARENTHESIS = /\\.|[()]/gs;
const NUMBER = /^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)$/;
const ESCAPE = /\\([0-7]{1,3}|\r\n|.)/gs;
const ESCAPED: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };
const LINE_ENDS = ["\n", "\r", "\r\n"];
const CONSTANTS: ReadonlyMap<string, boolean> = new Map([
    ["true", true],
    ["false", false],
]);

/**
 * Each word from *at* on; white space and comments go.
 *
 * Ends early at a string that never does.
 */
export function* tokens(untrusted: string, at = 0): Generator<Token, undefined> {
    while (at < untrusted.length) {
        TOKEN.lastIndex = at;
        const match = TOKEN.exec(untrusted);
        const word = match?.[1] ?? "";
        const end = TOKEN.lastIndex;
        const start = end - word.length;
        if (word === "") return;
        at = word === "(" ? closing(untrusted, start) : end;
        if (at === 0) return;
        yield { word: untrusted.slice(start, at), at: start, end: at };
    }
}

/** Where a string with parentheses inside ends, 0 if it never does. */
function closing(untrusted: string, start: number): number {
    const near = untrusted.slice(start, start + MAX_NESTED_STRING);
    let depth = 0;
    for (const match of near.matchAll(PARENTHESIS)) {
        if (match[0] === "(") depth++;
        if (match[0] === ")") depth--;
        if (depth === 0) return start + match.index + match[0].length;
    }
    return 0;
}

/** The first array or dictionary from *at* on, and where it ends. */
export function parse(untrusted: string, at = 0, budget?: Budget): { value: Value[] | Entries; end: number } {
    const stack: { opened: string; values: Value[] }[] = [];
    for (const { word, end } of tokens(untrusted, at)) {
        budget?.work(1);
        if (word === "<<" || word === "[") {
            demand(stack.length < MAX_NESTING);
            stack.push({ opened: word, values: [] });
            continue;
        }
        const top = stack.at(-1);
        if (top === undefined) break;
        if (word === "R") {
            const [number, generation] = top.values.splice(-2);
            demand(isWhole(number) && isWhole(generation));
            top.values.push(new Ref(number, generation));
        } else if (word === ">>" || word === "]") {
            demand((top.opened === "[") === (word === "]"));
            stack.pop();
            const value = word === "]" ? top.values : dictionary(top.values);
            const above = stack.at(-1);
            if (above === undefined) return { value, end };
            above.values.push(value);
        } else {
            top.values.push(scalar(word));
        }
    }
    throw malformed();
}

/** A dictionary, wherever only that makes sense. */
export function parseEntries(untrusted: string): Entries {
    const { value } = parse(untrusted);
    demand(value instanceof Map);
    return value;
}

/** What has no key before it is passed over, as readers do. */
function dictionary(values: readonly Value[]): Entries {
    const entries: Entries = new Map();
    for (let i = 0; i < values.length; i++) {
        const key = values[i];
        if (!(key instanceof Name)) continue;
        const value = values[++i] ?? null;
        entries.delete(key.text);
        if (value !== null) entries.set(key.text, value);
    }
    return entries;
}

/** What one word says; null for a word that says nothing. */
export function scalar(word: string): Value {
    const first = word[0];
    if (first === "/") return nameOf(word);
    if ((first === "(" || first === "<") && word.length > 1) return new Text(stringOf(word));
    if (NUMBER.test(word)) {
        const value = Number(word.includes(".") ? word : word.slice(0, 20));
        return Math.abs(value) < MAX_NUMBER ? value : null;
    }
    return CONSTANTS.get(word) ?? null;
}

export function nameOf(word: string): Name {
    return new Name(word.slice(1).replace(/#([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))));
}

/** What a string holds, of either spelling (§7.3.4). */
export function stringOf(word: string): string {
    const inner = word.slice(1, -1);
    if (word.startsWith("<")) {
        const digits = inner.replace(/[^0-9A-Fa-f]+/g, "");
        return (digits + (digits.length % 2 === 1 ? "0" : "")).replace(/../g, (pair) => String.fromCharCode(parseInt(pair, 16)));
    }
    return inner.includes("\\") ? inner.replace(ESCAPE, (_, after: string) => unescaped(after)) : inner;
}

function unescaped(after: string): string {
    if (/^[0-7]/.test(after)) return String.fromCharCode(parseInt(after, 8) & 0xff);
    return LINE_ENDS.includes(after) ? "" : (ESCAPED[after] ?? after);
}

/** The one spelling of a name. */
export function nameText(name: string): string {
    return `/${name.replace(/[^!-~]|[#%()/<>[\]{}]/g, (char) => `#${hex(char)}`)}`;
}

/** The one spelling of a string. */
export function stringText(value: string): string {
    let digits = "";
    for (const char of value) digits += hex(char);
    return `<${digits}>`;
}

function hex(char: string): string {
    return char.charCodeAt(0).toString(16).padStart(2, "0");
}

/** The shortest spelling that reads as the same double, without exponent. */
export function numberText(value: number): string {
    if (Number.isInteger(value)) return BigInt(value).toString();
    const [digits = "", exponent] = String(Math.abs(value)).split("e-");
    const sign = value < 0 ? "-" : "";
    if (exponent === undefined) return sign + digits;
    return `${sign}0.${"0".repeat(Number(exponent) - 1)}${digits.replace(".", "")}`;
}

export function isWhole(value: Value | undefined): value is number {
    return Number.isInteger(value);
}

export function demand(condition: boolean): asserts condition {
    if (!condition) throw malformed();
}

export function malformed(): UnreadableFileError {
    return new UnreadableFileError("pdf-malformed");
}
