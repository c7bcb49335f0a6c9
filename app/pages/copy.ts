/** The page's sentences, from `<template id="copy">`; `copy.json` and, offline, `field.json` list them in both languages. */

import type copyTable from "./copy.json";
import { isolated, need } from "./dom.ts";
import type fieldTable from "./field.json";

export type CopyKey = keyof typeof copyTable | keyof typeof fieldTable | "field_over_ar" | "field_over_en";
export type Values = Readonly<Record<string, string | number | Node>>;

let sentences: ReadonlyMap<string, string> | undefined;

function sentence(key: CopyKey): string {
    sentences ??= readTemplate();
    const found = sentences.get(key);
    if (found === undefined) throw new TypeError(`the page has no sentence ${key}`);
    return found;
}

function readTemplate(): ReadonlyMap<string, string> {
    const spans = need("copy", HTMLTemplateElement).content.querySelectorAll<HTMLElement>("[data-key]");
    return new Map(Array.from(spans, (span) => [span.dataset["key"] ?? "", span.textContent]));
}

/** The sentence as nodes; each value stands isolated, so that it cannot turn the sentence around. */
export function say(key: CopyKey, values: Values = {}): DocumentFragment {
    const fragment = document.createDocumentFragment();
    for (const piece of sentence(key).split(/(\{[a-z]+\})/)) {
        const value = /^\{[a-z]+\}$/.test(piece) ? values[piece.slice(1, -1)] : undefined;
        if (value === undefined) fragment.append(piece);
        else fragment.append(value instanceof Node ? value : isolated(String(value)));
    }
    return fragment;
}

/** A date in words, with the months of the Levant and Western digits. */
export function inWords(date: string, lang: string): string {
    const format = new Intl.DateTimeFormat(lang === "ar" ? "ar-JO-u-nu-latn" : "en-GB", { dateStyle: "long", timeZone: "UTC" });
    // A line ends before the year at most.
    return format.format(new Date(date)).replace(/ (?=.* )/g, "\u00a0");
}

/** The right plural of `found_…` for *count*; Arabic has five. */
export function sayFound(count: number, lang: string): DocumentFragment {
    const forms = { zero: "found_other", one: "found_one", two: "found_two", few: "found_few", many: "found_many", other: "found_other" } as const;
    return say(forms[new Intl.PluralRules(lang).select(count)], { count });
}
