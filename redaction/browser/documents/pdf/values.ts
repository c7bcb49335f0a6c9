/** The twin of `files/documents/pdf/values.py`: how single values of a PDF are written. */

import { type Copier, LISTS, type Rules } from "./copier.ts";
import { isWhole, malformed, nameText, numberText, stringText, Text, type Value } from "./syntax.ts";

export const MAX_DEPTH = 4;

export function array(texts: readonly string[]): string {
    return ["[", ...texts, "]"].join(" ");
}

export function number(copier: Copier, untrusted: Value): string | undefined {
    const value = copier.source.value(untrusted);
    return typeof value === "number" ? numberText(value) : undefined;
}

export function integer(copier: Copier, untrusted: Value): string | undefined {
    const value = copier.source.value(untrusted);
    return isWhole(value) ? numberText(value) : undefined;
}

function boolean(copier: Copier, untrusted: Value): string | undefined {
    const value = copier.source.value(untrusted);
    return typeof value === "boolean" ? String(value) : undefined;
}

function name(copier: Copier, untrusted: Value): string | undefined {
    const value = copier.source.name(untrusted);
    return value === undefined ? undefined : nameText(value);
}

function text(copier: Copier, untrusted: Value): string | undefined {
    const value = copier.source.value(untrusted);
    return value instanceof Text ? stringText(value.text) : undefined;
}

/** An array that holds nothing but numbers. */
export function numberList(copier: Copier, untrusted: Value | undefined): number[] | undefined {
    const value = copier.source.value(untrusted);
    if (!Array.isArray(value)) return undefined;
    const items = value.map((item) => copier.source.value(item));
    return items.every((item) => typeof item === "number") ? items : undefined;
}

export function numbers(copier: Copier, untrusted: Value): string | undefined {
    const items = numberList(copier, untrusted);
    return items && array(items.map(numberText));
}

function nestedNumbers(copier: Copier, untrusted: Value, depth = 0): string | undefined {
    const items = copier.source.items(untrusted);
    if (depth === MAX_DEPTH || items.length === 0) return undefined;
    return array(items.map((item) => number(copier, item) ?? nestedNumbers(copier, item, depth + 1) ?? "[ ]"));
}

function booleans(copier: Copier, untrusted: Value): string | undefined {
    const texts = copier.source.items(untrusted).map((item) => boolean(copier, item));
    return allOf(texts);
}

/** An array of *texts*, if none of them is missing. */
export function allOf(texts: readonly (string | undefined)[]): string | undefined {
    return texts.every((one) => one !== undefined) ? array(texts) : undefined;
}

export function box(copier: Copier, untrusted: Value): string | undefined {
    const corners = numberList(copier, untrusted);
    return corners?.length === 4 ? array(corners.map(numberText)) : undefined;
}

function dash(copier: Copier, untrusted: Value): string | undefined {
    const [pattern, start, ...more] = copier.source.items(untrusted);
    if (pattern === undefined || start === undefined || more.length > 0) return undefined;
    return allOf([numbers(copier, pattern), number(copier, start)]);
}

function blend(copier: Copier, untrusted: Value): string | undefined {
    const value = copier.source.value(untrusted);
    const modes = (Array.isArray(value) ? value : [value]).map((mode) => copier.source.name(mode));
    const known = modes.find((mode) => mode !== undefined && LISTS["blends"]?.includes(mode) === true);
    return known === undefined ? undefined : nameText(known);
}

function fontAndSize(copier: Copier, untrusted: Value): string | undefined {
    const [font, size, ...more] = copier.source.items(untrusted);
    const points = size === undefined || more.length > 0 ? undefined : number(copier, size);
    if (font === undefined || points === undefined) return undefined;
    return allOf([copier.value("ref:font", font), points]);
}

function softMask(copier: Copier, untrusted: Value): string | undefined {
    const value = copier.source.value(untrusted);
    if (value instanceof Map) return copier.dictionary("softmask", value);
    return copier.source.name(value) === "None" ? "/None" : undefined;
}

function border(copier: Copier, untrusted: Value): string | undefined {
    const value = copier.source.value(untrusted);
    return value instanceof Map ? copier.dictionary("border", value) : undefined;
}

export function required<T>(value: T | undefined): T {
    if (value === undefined) throw malformed();
    return value;
}

export const RULES: Rules = {
    number,
    integer,
    boolean,
    booleans,
    name,
    text,
    numbers,
    nested_numbers: (copier, untrusted) => nestedNumbers(copier, untrusted),
    box,
    dash,
    blend,
    font_and_size: fontAndSize,
    soft_mask: softMask,
    border,
};
