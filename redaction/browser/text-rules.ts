/** The rules of `text/rules.json` and `text/lists.json`, ready to scan with; `text/rules.py` describes them. */

import lists from "../text/lists.json";
import data from "../text/rules.json";
import { type Check, CHECKS } from "./text-checks.ts";
import { type Finding, scan as scanWith } from "./text.ts";
import { merged, type Tokens, Vocabulary } from "./text-vocabulary.ts";

const LAYERS = ["pattern", "raw", "words", "dates"] as const;
type Layer = (typeof LAYERS)[number];

/** One way in which something identifying is written; without a kind, one that is not. */
export interface Rule {
    readonly kind: string | null;
    readonly layer: Layer;
    readonly pattern: RegExp;
    readonly check: Check | undefined;
}

export interface Rules {
    /** In order of authority: what an earlier rule has marked, a later one leaves alone. */
    readonly list: readonly Rule[];
    readonly vocabulary: Vocabulary;
    /** The tokens with one sign for each date, hour and day of the week. */
    readonly withCompounds: (tokens: Tokens) => Tokens;
    readonly ibanLengths: ReadonlyMap<string, number>;
    /** The text in plain digits, letters and signs; exactly as long as before. */
    readonly fold: (text: string) => string;
}

interface RuleData {
    readonly kind: string | null;
    readonly pattern?: string;
    readonly raw?: string;
    readonly words?: string;
    readonly dates?: string;
    readonly check?: string;
}

const parts: ReadonlyMap<string, string> = new Map(Object.entries(data.parts));
const folded = new Map(
    Object.entries(data.fold).flatMap(([plain, variants]) => Array.from(variants, (variant) => [variant, plain] as const)),
);
const variants = new RegExp(`[${[...folded.keys()].join("").replace(/[\\\]^-]/g, "\\$&")}]`, "g");
const vocabulary = new Vocabulary(data, lists, folded);

const compounds = data.compounds.map(({ sign, words }) => ({ sign, pattern: onWords(words) }));

export const RULES: Rules = {
    list: (data.rules as readonly RuleData[]).map(ready),
    vocabulary,
    withCompounds: (tokens) => compounds.reduce((before, { pattern, sign }) => merged(before, pattern, sign), tokens),
    ibanLengths: new Map(Object.entries(data.ibans)),
    fold: (text) => text.replace(variants, (variant) => folded.get(variant) ?? variant),
};

/** What was found by these rules, in order, never overlapping. */
export function scan(text: string): Finding[] {
    return scanWith(text, RULES);
}

function ready(rule: RuleData): Rule {
    const layer = LAYERS.find((one) => rule[one] !== undefined) ?? "pattern";
    const source = rule[layer] ?? "";
    return {
        kind: rule.kind,
        layer,
        pattern: layer === "words" || layer === "dates" ? onWords(source) : new RegExp(expand(source), "gu"),
        check: CHECKS.get(rule.check ?? ""),
    };
}

function onWords(source: string): RegExp {
    return new RegExp(vocabulary.expand(expand(source)), "gu");
}

/** Put the named parts in, and the parts inside them; lists stay. */
function expand(pattern: string): string {
    const expanded = pattern.replace(/\{([a-z]+)\}/g, (whole, name: string) => parts.get(name) ?? whole);
    return expanded === pattern ? pattern : expand(expanded);
}
