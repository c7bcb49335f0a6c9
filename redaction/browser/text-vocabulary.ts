/**
 * Words and the lists they stand in, for rules that speak of words.
 *
 * The twin of `text/vocabulary.py`, which explains the signs.
 */

import { Arabizi, type Spellings } from "./text-arabizi.ts";

export interface Lists {
    readonly articles: readonly string[];
    readonly lists: Readonly<Record<string, readonly string[]>>;
}

export interface Spelling {
    readonly token: string;
    readonly unwritten: string;
    readonly arabizi: Spellings;
}

/** A text as signs; the one at `n` stands for the text from `starts[n]` up to `ends[n]`. */
export interface Tokens {
    readonly signs: string;
    readonly starts: readonly number[];
    readonly ends: readonly number[];
}

/** The tokens with one *sign* for each stretch that *pattern* matches. */
export function merged(tokens: Tokens, pattern: RegExp, sign: string): Tokens {
    const starts: number[] = [];
    const ends: number[] = [];
    let signs = "";
    let at = 0;
    for (const match of matches(pattern, tokens.signs)) {
        const after = match.index + match[0].length;
        signs += tokens.signs.slice(at, match.index) + sign;
        starts.push(...tokens.starts.slice(at, match.index + 1));
        ends.push(...tokens.ends.slice(at, match.index), ...tokens.ends.slice(after - 1, after));
        at = after;
    }
    starts.push(...tokens.starts.slice(at));
    ends.push(...tokens.ends.slice(at));
    return { signs: signs + tokens.signs.slice(at), starts, ends };
}

/** Like `matchAll`, which would compile each pattern anew for each text. */
export function* matches(pattern: RegExp, text: string): Generator<RegExpExecArray> {
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) yield match;
}

/** Length and sign; the last piece of a word takes what is left. */
type Piece = readonly [number | undefined, string];

const ARTICLE = "ال";
const ACCUSATIVE = "ا";
const PLURAL = "ات";
/** How the feminine ending is heard before another noun. */
const CONSTRUCT = /t$/;
const FATHER = "ابو";
const SERVANT = "عبدال";
const SERVANT_OF_GOD = "عبدالله";
const AND = "و";
const ON = "ع";
const CLITICS = `وفبلك${ON}`;

const UNKNOWN = "W";
const UNKNOWN_PLURAL = "P";
const UNKNOWN_WITH_ARTICLE = "A";
const UNKNOWN_LATIN = "l";
const UNKNOWN_CAPITAL = "L";
const NUMBER = "0";
const YEAR = "y";
/** Signs of numbers of one or two digits, each up to a value: what a month or a day may be. */
const SMALL = [[0, "z"], [12, "h"], [24, "t"], [31, "d"], [59, "m"], [99, "x"]] as const;
const OTHER = "~";
const STOP = " stop ";
const LATIN = "latin";
/** Lists whose words are not guessed from their consonants. */
const EXACT: ReadonlySet<string> = new Set(["given", "maygiven", "family", "mayfamily", "village", "mayvillage", "generic", "adjlike"]);
const DELETE = "\x7f";
const FIRST_SIGN = 0xe000;
const SHORTEST = 3;
/** Many short words begin with the letter that is "on": عمرة is not "on a woman". */
const SHORTEST_ON = 4;
const SPECIAL: ReadonlyMap<string, string> = new Map([
    ["unknown", UNKNOWN + UNKNOWN_PLURAL + UNKNOWN_WITH_ARTICLE + UNKNOWN_LATIN + UNKNOWN_CAPITAL],
    ["theword", UNKNOWN_WITH_ARTICLE],
    ["arabic", UNKNOWN + UNKNOWN_PLURAL + UNKNOWN_WITH_ARTICLE],
    ["plural", UNKNOWN_PLURAL],
    ["latinword", UNKNOWN_LATIN],
    ["capitalword", UNKNOWN_CAPITAL],
    ["num", "0yzhtdmx"],
    ["year", YEAR],
    ["mo", "h"],
    ["day", "htd"],
    ["hour", "zht"],
    ["minute", "zhtdm"],
    ["short", "zhtdmx"],
    ["adate", "D"],
    ["aday", "S"],
    ["atime", "T"],
    ["aweekday", "K"],
]);
const ANY_UNKNOWN = SPECIAL.get("unknown") ?? "";

/** Every word that the rules know. */
export class Vocabulary {
    readonly #fold: ReadonlyMap<string, string>;
    readonly #unwritten: ReadonlySet<string>;
    readonly #arabizi: Arabizi;
    readonly #bones: ReadonlyMap<string, string>;
    readonly #token: RegExp;
    readonly #capital: number;
    readonly #signs: ReadonlyMap<string, string>;
    readonly #words: ReadonlyMap<string, string>;
    readonly #articled: ReadonlySet<string>;

    constructor(spelling: Spelling, lists: Lists, fold: ReadonlyMap<string, string>) {
        this.#fold = fold;
        this.#unwritten = new Set(spelling.unwritten);
        this.#arabizi = new Arabizi(spelling.arabizi);
        this.#token = new RegExp(spelling.token, "gu");
        const named = new Map(
            Object.entries(lists.lists).map(([name, lines]) => [name, lines.join(" ").split(" ").map((word) => this.#key(word))]),
        );
        const articled = lists.articles.map((name) => [name, named.get(name) ?? []] as const);
        const memberships = membershipsOf(named, articled);
        const sets = [...new Set(memberships.values())].sort();
        // Words that end a phrase come last: "all but these" is then two ranges, and used a lot.
        const ordered = [...sets.filter((names) => !names.includes(STOP)), ...sets.filter((names) => names.includes(STOP))];
        this.#capital = ordered.length;
        this.#signs = new Map(ordered.map((names, at) => [names, String.fromCharCode(FIRST_SIGN + at)]));
        this.#words = new Map(Array.from(memberships, ([word, names]) => [word, this.#signs.get(names) ?? ""]));
        this.#bones = this.#byBones(named);
        this.#articled = new Set(articled.flatMap(([, words]) => words));
    }

    /** Put classes of signs in the place of `{list}`, `{one|other}` and `{^list}`. */
    expand(pattern: string): string {
        return pattern.replace(
            /\{(\^?)([a-z|]+)\}/g,
            (_, without: string, names: string) => `[${this.#class(without !== "", names.split("|"))}]`,
        );
    }

    #class(without: boolean, names: readonly string[]): string {
        const all = [...this.#signs.values()];
        const any = names.includes("any");
        const special = without || any ? ANY_UNKNOWN : names.map((name) => SPECIAL.get(name) ?? "").join("");
        const lists = names.filter((name) => !SPECIAL.has(name) && name !== "capital");
        const inLists = (of: string): boolean => lists.some((name) => of.includes(` ${name} `));
        const small = any ? all : Array.from(this.#signs).filter(([of]) => inLists(of) !== without).map(([, sign]) => sign);
        if (!names.includes("capital")) return ranges([...small, ...this.#capitals(small)]) + special;
        return ranges([...small, ...this.#capitals(all)]) + special + UNKNOWN_CAPITAL;
    }

    #capitals(signs: readonly string[]): readonly string[] {
        return signs.map((sign) => this.#capitalised(sign));
    }

    #capitalised(sign: string): string {
        return String.fromCharCode(sign.charCodeAt(0) + this.#capital);
    }

    /** How *word* is looked up: folded, without marks; a final alef maqsura stays. */
    #key(word: string): string {
        let key = "";
        for (const char of word) {
            if (!this.#unwritten.has(char)) key += char === "ى" ? char : (this.#fold.get(char) ?? char);
        }
        return key;
    }

    /** Cut *text* into words, numbers, line ends and other signs; spaces are left out. */
    read(text: string): Tokens {
        const arabizi = this.#arabizi.writtenIn(text);
        const starts: number[] = [];
        const ends: number[] = [];
        let signs = "";
        for (const match of matches(this.#token, text)) {
            const end = match.index + match[0].length;
            let at = match.index;
            for (const [length, sign] of this.#pieces(match, arabizi)) {
                signs += sign;
                starts.push(at);
                at = length === undefined ? end : at + length;
                ends.push(at);
            }
        }
        return { signs, starts, ends };
    }

    #pieces([, arabic, latin, digits, line, other = ""]: RegExpExecArray, arabizi: boolean): readonly Piece[] {
        if (arabic !== undefined) {
            const key = this.#key(arabic);
            return this.#known(key, 2) ?? this.#unknown(key);
        }
        if (latin !== undefined) return [[undefined, this.#latin(latin, arabizi)]];
        if (digits !== undefined) return [[undefined, numberSign(this.#key(digits))]];
        const plain = line ?? this.#fold.get(other) ?? other;
        return [[undefined, plain < DELETE ? plain : OTHER]];
    }

    #latin(word: string, arabizi: boolean): string {
        const key = this.#key(word).replace(/'s$/, "");
        const sign = this.#words.get(key) ?? this.#transcribed(key, arabizi);
        const isCapital = /^[A-Z]/.test(word);
        if (sign === undefined) return isCapital ? UNKNOWN_CAPITAL : UNKNOWN_LATIN;
        return isCapital ? this.#capitalised(sign) : sign;
    }

    /** The sign of an Arabic word in Latin letters. */
    #transcribed(key: string, arabizi: boolean): string | undefined {
        const name = this.#arabizi.asNames(key).find((one) => this.#words.has(one));
        if (name !== undefined) return this.#words.get(name);
        const bones = arabizi ? this.#arabizi.bones(key) : "";
        return this.#bones.get(bones) ?? this.#bones.get(bones.replace(CONSTRUCT, ""));
    }

    /** Signs by the consonants of Arabic words; of equal ones, the first word's. */
    #byBones(named: ReadonlyMap<string, readonly string[]>): Map<string, string> {
        const bones = new Map<string, string>();
        for (const [name, words] of named) {
            for (const word of EXACT.has(name) ? [] : words) {
                const key = word < DELETE || word.startsWith(ARTICLE) ? "" : this.#arabizi.bones(word);
                if (key !== "" && !bones.has(key)) bones.set(key, this.#sign(word));
            }
        }
        return bones;
    }

    /** The pieces of a word whose last one stands in a list. */
    #known(key: string, clitics: number): readonly Piece[] | undefined {
        const sign = this.#words.get(key) ?? this.#words.get(key.replaceAll("ى", "ي"));
        if (sign !== undefined) return [[undefined, sign]];
        const shorter = key.slice(0, -1);
        if (key.endsWith(ACCUSATIVE) && this.#articled.has(shorter)) return [[undefined, this.#sign(shorter)]];
        const bare = without(ARTICLE, key);
        if (this.#articled.has(bare)) return [[ARTICLE.length, this.#sign(ARTICLE)], [undefined, this.#sign(bare)]];
        if (key.startsWith(SERVANT)) return [[undefined, this.#sign(SERVANT_OF_GOD)]];
        const child = without(FATHER, key);
        if (child !== key && this.#words.has(child)) return [[FATHER.length, this.#sign(FATHER)], [undefined, this.#sign(child)]];
        if (clitics === 0 || key === "" || !CLITICS.includes(key.charAt(0))) return undefined;
        if (!this.#mayBeCut(key)) return undefined;
        const rest = this.#known(afterClitic(key), clitics - 1);
        return rest && [[1, this.#sign(key.charAt(0))], ...written(key, rest)];
    }

    /** Whether what follows a clitic may be a word: long, or two letters that are one. */
    #mayBeCut(key: string): boolean {
        if (key.startsWith(ON)) return key.length > SHORTEST_ON;
        if (key.length > SHORTEST) return true;
        return key.startsWith(AND) ? this.#words.has(key.slice(1)) : this.#articled.has(key.slice(1));
    }

    #unknown(key: string): readonly Piece[] {
        if (key.startsWith(ARTICLE)) return [[undefined, UNKNOWN_WITH_ARTICLE]];
        if (key !== "" && !key.startsWith(ON) && CLITICS.includes(key.charAt(0)) && afterClitic(key).startsWith(ARTICLE)) {
            return [[1, this.#sign(key.charAt(0))], [undefined, UNKNOWN_WITH_ARTICLE]];
        }
        return [[undefined, key.endsWith(PLURAL) ? UNKNOWN_PLURAL : UNKNOWN]];
    }

    #sign(word: string): string {
        return this.#words.get(word) ?? "";
    }
}

/** The lists of each word, as names between spaces, by how it is looked up. */
function membershipsOf(
    named: ReadonlyMap<string, readonly string[]>,
    articled: readonly (readonly [string, readonly string[]])[],
): Map<string, string> {
    const listsOf = new Map<string, Set<string>>();
    for (const [name, words] of named) {
        for (const word of words) listsOf.set(word, (listsOf.get(word) ?? new Set()).add(name));
    }
    for (const [name, words] of articled) for (const word of words) listsOf.get(ARTICLE + word)?.add(name);
    for (const [word, names] of [...listsOf]) {
        if (word < DELETE) names.add(LATIN);
        const usual = word.replaceAll("ى", "ي");
        if (!listsOf.has(usual)) listsOf.set(usual, names);
    }
    return new Map(Array.from(listsOf, ([word, names]) => [word, ` ${[...names].sort().join("  ")} `]));
}

function numberSign(digits: string): string {
    const value = Number(digits);
    if (digits.length <= 2) return SMALL.find(([most]) => value <= most)?.[1] ?? NUMBER;
    return digits.length === 4 && value >= 1900 && value < 2100 ? YEAR : NUMBER;
}

/** Signs, which are in order, as they stand in a class of characters. */
function ranges(signs: readonly string[]): string {
    let written = "";
    signs.forEach((sign, at) => {
        if (signs[at - 1]?.charCodeAt(0) !== sign.charCodeAt(0) - 1) written += `${sign}-`;
        if (signs[at + 1]?.charCodeAt(0) !== sign.charCodeAt(0) + 1) written += sign;
    });
    return written;
}

function without(prefix: string, key: string): string {
    return key.startsWith(prefix) ? key.slice(prefix.length) : key;
}

/** The rest of *key*; after "to" the article is written without its alef. */
function afterClitic(key: string): string {
    return key.startsWith("لل") ? `ا${key.slice(1)}` : key.slice(1);
}

/** The pieces with the article as long as it is written after "to". */
function written(key: string, pieces: readonly Piece[]): readonly Piece[] {
    const [first, ...others] = pieces;
    return first?.[0] === ARTICLE.length && key.startsWith("لل") ? [[1, first[1]], ...others] : pieces;
}
