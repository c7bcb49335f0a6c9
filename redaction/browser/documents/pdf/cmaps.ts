/** The twin of `files/documents/pdf/cmaps.py`: character maps, written anew from their entries. */

import type { Budget } from "./filters.ts";
import { bytesOf, textOf } from "./source.ts";
import { nameOf, nameText, numberText, scalar, stringOf, stringText, type Token, tokens } from "./syntax.ts";
import { array } from "./values.ts";

/** What one row of a section holds: strings, whole numbers, names, arrays. */
const SECTIONS: ReadonlyMap<string, readonly string[]> = new Map([
    ["codespacerange", ["s", "s"]],
    ["bfchar", ["s", "sn"]],
    ["bfrange", ["s", "s", "sa"]],
    ["cidchar", ["s", "i"]],
    ["cidrange", ["s", "s", "i"]],
    ["notdefchar", ["s", "i"]],
    ["notdefrange", ["s", "s", "i"]],
]);
const ROWS = 100;
const HEAD = "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /R def\n";
const TAIL = "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend";
const KINDS: Readonly<Record<string, string>> = { "<": "s", "/": "n", "[": "a" };

/** A character map of the same entries; *system* stands before them. */
export function characterMap(untrusted: Uint8Array, budget: Budget, system = ""): Uint8Array {
    return bytesOf(HEAD + system + [...lines(budget.counted(tokens(textOf(untrusted))))].join("") + TAIL);
}

function* lines(untrusted: Iterable<Token>): Generator<string, undefined> {
    let operands: string[] = [];
    for (const [isOperand, word] of words(untrusted)) {
        if (isOperand) {
            operands.push(word);
            continue;
        }
        const last = operands.at(-1) ?? "";
        if (word.startsWith("end") && SECTIONS.has(word.slice(3))) yield* section(word.slice(3), operands);
        else if (word === "usecmap" && last.startsWith("/")) yield `${last} usecmap\n`;
        else if (word === "def" && operands.at(-2) === "/WMode" && ["0", "1"].includes(last)) yield `/WMode ${last} def\n`;
        operands = [];
    }
}

/** The rows of a section, by the hundred as the format demands. */
function* section(kind: string, operands: readonly string[]): Generator<string, undefined> {
    const shape = SECTIONS.get(kind) ?? [];
    const rows: string[][] = [];
    for (let at = 0; at + shape.length <= operands.length; at += shape.length) {
        const row = operands.slice(at, at + shape.length);
        if (row.every((word, i) => shape[i]?.includes(kindOf(word)) === true)) rows.push(row);
    }
    for (let at = 0; at < rows.length; at += ROWS) {
        const part = rows.slice(at, at + ROWS);
        yield `${part.length} begin${kind}\n`;
        for (const row of part) yield `${row.join(" ")}\n`;
        yield `end${kind}\n`;
    }
}

function kindOf(word: string): string {
    return KINDS[word[0] ?? ""] ?? (/^[0-9]+$/.test(word) ? "i" : "-");
}

/** Operands in their one spelling, arrays as one operand, and operators. */
function* words(untrusted: Iterable<Token>): Generator<[isOperand: boolean, word: string], undefined> {
    let inside: string[] | undefined;
    for (const { word } of untrusted) {
        const operand = operandOf(word);
        if (word === "[") inside = [];
        else if (word === "]") {
            yield [true, array(inside ?? [])];
            inside = undefined;
        } else if (operand === undefined) yield [false, word];
        else if (inside !== undefined) inside.push(operand);
        else yield [true, operand];
    }
}

function operandOf(word: string): string | undefined {
    if (word.startsWith("/")) return nameText(nameOf(word).text);
    if (/^[<(]/.test(word) && !["<<", "<", "("].includes(word)) return stringText(stringOf(word));
    const value = scalar(word);
    return typeof value === "number" ? numberText(value) : undefined;
}
