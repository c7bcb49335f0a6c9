/** The twin of `files/documents/pdf/instructions.py`: read the instructions of a content stream. */

import rules from "../../../files/documents/pdf/rules.json";
import type { Budget } from "./filters.ts";
import { malformed, stringOf, stringText, type Token, tokens } from "./syntax.ts";
import { array } from "./values.ts";

/** The kinds of operands that operators take, a letter for each; `ANY` is told apart later. */
export const SHAPES: ReadonlyMap<string, string> = new Map(
    Object.entries(rules.operators).flatMap(([shape, operators]) => operators.map((operator) => [operator, shape] as const)),
);
export const ANY = "*";
export const PICTURE = "BI";
const MAX_OPERANDS = 256;
const KEPT_OPERANDS = 64;

/** Kinds are n for numbers, N for names, s for strings, a for arrays, D for dictionaries. */
export interface Instruction {
    readonly operator: string;
    readonly operands: readonly string[];
    readonly kinds: string;
    readonly end: number;
}

/**
 * Instructions from *at* on; a picture inside the stream is the last one.
 *
 * The picture's one operand is its dictionary, its data begin behind its end.
 */
export function* instructions(untrusted: string, at: number, budget: Budget): Generator<Instruction, undefined> {
    let operands: string[] = [];
    let kinds = "";
    const words = budget.counted(tokens(untrusted, at));
    for (let token = words.next().value; token !== undefined; token = words.next().value) {
        const { word, end } = token;
        const kind = kindOf(word);
        if (kind === "operator") {
            if (word === PICTURE) {
                yield picture(words);
                return;
            }
            if (SHAPES.has(word)) yield { operator: word, operands, kinds, end };
            [operands, kinds] = [[], ""];
        } else if (kind !== "") {
            operands.push(spelling(kind, word, words));
            kinds += kind;
            if (operands.length > MAX_OPERANDS) [operands, kinds] = [operands.slice(-KEPT_OPERANDS), kinds.slice(-KEPT_OPERANDS)];
        }
    }
}

/** "" for a word that says nothing. */
function kindOf(word: string): string {
    const first = word[0] ?? "";
    if ("+-.0123456789".includes(first)) return /^[-+.0-9]+$/.test(word) ? "n" : "operator";
    if (first === "/") return "N";
    if (word === "<<") return "D";
    if (first === "[") return "a";
    if (first === "(" || first === "<") return word.length > 1 ? "s" : "";
    return "])>{}".includes(first) ? "" : "operator";
}

/** The one spelling of an operand; numbers and names keep theirs. */
function spelling(kind: string, word: string, words: Iterator<Token, undefined>): string {
    if (kind === "s") return stringText(stringOf(word));
    if (kind === "a") return arrayOf(words);
    return kind === "D" ? dictionaryOf(words) : word;
}

/** The beginning of a picture that stands inside the stream (§8.9.7). */
function picture(words: Iterator<Token, undefined>): Instruction {
    const inside: string[] = [];
    for (let token = words.next().value; token !== undefined; token = words.next().value) {
        if (token.word === "ID") return { operator: PICTURE, operands: [`<< ${inside.join(" ")} >>`], kinds: "D", end: token.end };
        inside.push(token.word);
    }
    throw malformed();
}

/** An array of the numbers and strings up to its end. */
function arrayOf(words: Iterator<Token, undefined>): string {
    const items: string[] = [];
    for (let token = words.next().value; token !== undefined && token.word !== "]"; token = words.next().value) {
        const kind = kindOf(token.word);
        if (kind === "n") items.push(token.word);
        else if (kind === "s") items.push(stringText(stringOf(token.word)));
    }
    return array(items);
}

/** The words of a dictionary. */
function dictionaryOf(words: Iterator<Token, undefined>): string {
    const inside = ["<<"];
    let depth = 1;
    for (let token = words.next().value; token !== undefined; token = words.next().value) {
        inside.push(token.word);
        if (token.word === "<<") depth++;
        if (token.word === ">>" && --depth === 0) break;
    }
    return inside.join(" ");
}
