/** The rules both languages share (`files/policy.json`): types, limits, what a tag tells. */

import data from "../files/policy.json";

interface FileType {
    readonly media: string;
    readonly extension: string;
    /** Empty for types that only a closer look can tell. */
    readonly magic: readonly (readonly [number, Uint8Array])[];
}

/** `replacement` is what we write instead; empty where screens assume the profile anyway. */
export interface Profile {
    readonly colorants: readonly number[];
    readonly middle: number;
    readonly replacement: Uint8Array;
}

export const TYPES: readonly FileType[] = data.types.map(({ media, extension, magic }) => ({
    media,
    extension,
    magic: (magic ?? []).map(([at, hex]) => [Number(at), parseHex(String(hex))] as const),
}));

/** Texts by how they begin, in the order in which they are tried. */
export const MARKUP: readonly (readonly [media: string, pattern: RegExp])[] = data.markup.map(
    ([media = "", pattern = ""]) => [media, new RegExp(`^${pattern}`)] as const,
);
/** What the name says of a text that begins like any other: {extension: type}. */
export const PLAIN_TEXTS: Readonly<Record<string, string>> = data.plain_texts;
/** `characters`: a class; `needed`: what stays, as [run, before it, after it]; `line_ends`; `blanks`. */
export const INVISIBLE = data.invisible;
/** Parameters of links that tell who opened, sent or shared them: a pattern of names. */
export const TRACKING = data.tracking;
/** Known types that nobody cleans: {type: code of the error that says what to do}. */
export const REFUSED: Readonly<Record<string, string>> = data.refused;
export const LIMITS = data.limits;

/** What names of fields tell in tags of sound: category and pattern. */
export const SOUND_SIGNS: readonly (readonly [category: string, sign: RegExp])[] = Object.entries(data.sound_signs).map(
    ([category, pattern]) => [category, new RegExp(pattern, "is")] as const,
);

export const PROFILES: readonly Profile[] = data.profiles.map(({ colorants, middle, replacement }) => ({
    colorants,
    middle,
    replacement: latin1(atob(replacement)),
}));

const exifCategories = new Map(Object.entries(data.exif).flatMap(([category, tags]) => tags.map((tag) => [tag, category])));

export function exifCategory(tag: number): string {
    return exifCategories.get(tag) ?? "unknown";
}

/** How the kinds of secrets are known: [category, texts]. */
export const SIGNS: readonly (readonly [category: string, signs: readonly string[]])[] = Object.entries(data.signs);

/** The categories whose signs stand in *untrusted*, or only *otherwise*. */
export function categoriesOf(untrusted: Uint8Array, otherwise: string): string[] {
    const text = asLatin1(untrusted);
    const found = SIGNS.filter(([, signs]) => signs.some((sign) => text.includes(sign)));
    return found.length > 0 ? found.map(([category]) => category) : [otherwise];
}

/** One character for each byte. */
export function asLatin1(bytes: Uint8Array): string {
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return text;
}

/** One byte for each character. */
export function latin1(text: string): Uint8Array {
    return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

export function startsWith(bytes: Uint8Array, beginning: Uint8Array, at = 0): boolean {
    return bytes.length >= at + beginning.length && beginning.every((byte, i) => bytes[at + i] === byte);
}

function parseHex(hex: string): Uint8Array {
    return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
