/** The twin of `files/documents/pdf/fonts.py`: fonts and their encodings. */

import { characterMap } from "./cmaps.ts";
import { Content } from "./content.ts";
import type { Copier, Rules } from "./copier.ts";
import { anonymous } from "./fontfiles.ts";
import { NO_RESOURCES, resourcesOf } from "./resources.ts";
import { Stream } from "./source.ts";
import { type Entries, Name, nameText, numberText, Text, type Value } from "./syntax.ts";
import { array } from "./values.ts";

const MAX_GLYPH_MAP = 2 * 65_536;
const FONT_KINDS: ReadonlyMap<string, string> = new Map([
    ["Type0", "font0"],
    ["Type3", "font3"],
]);
const FILE_KINDS = ["Type1C", "CIDFontType0C", "OpenType"];
const PREDEFINED = /^[A-Za-z0-9-]{1,40}$/;

function font(copier: Copier, untrusted: Value): string | undefined {
    const value = copier.source.value(untrusted);
    if (!(value instanceof Map)) return undefined;
    const kind = FONT_KINDS.get(copier.source.name(value.get("Subtype")) ?? "") ?? "font";
    return copier.add(() => (kind === "font3" ? drawnFont(copier, value, untrusted) : copier.dictionary(kind, value)));
}

/** A font whose glyphs are content streams (§9.6.5). */
function drawnFont(copier: Copier, entries: Entries, owner: Value): string {
    const content = new Content(copier, resourcesOf(copier, entries, owner) ?? NO_RESOURCES);
    const procedures = copier.source.entries(entries.get("CharProcs"));
    const glyphs: string[] = [];
    for (const name of namedGlyphs(copier, entries)) {
        const stream = copier.source.value(procedures.get(name));
        if (!(stream instanceof Stream)) continue;
        const written = copier.stream([], content.write(copier.plain(stream)));
        glyphs.push(nameText(name), copier.put(written));
    }
    const words = [["/CharProcs", "<<", ...glyphs, ">>"].join(" "), `/Resources ${content.names.text()}`];
    return copier.dictionary("font3", entries, ...words);
}

/** The glyphs that an encoding names; others cannot be shown. */
function namedGlyphs(copier: Copier, entries: Entries): string[] {
    const encoding = copier.source.entries(entries.get("Encoding"));
    const items = copier.source.items(encoding.get("Differences")).map((item) => copier.source.name(item));
    return [...new Set(items.filter((item) => item !== undefined))].sort((a, b) => (a < b ? -1 : 1));
}

function descriptor(copier: Copier, untrusted: Value): string | undefined {
    const value = copier.source.value(untrusted);
    return value instanceof Map ? copier.add(() => copier.dictionary("descriptor", value)) : undefined;
}

/** Copy an embedded font; one that cannot be read goes, as viewers do without it too. */
function fontFile(copier: Copier, untrusted: Value): string | undefined {
    const stream = copier.source.value(untrusted);
    const found = stream instanceof Stream ? anonymous(copier.plain(stream)) : undefined;
    if (!(stream instanceof Stream) || found === undefined) return undefined;
    copier.leave(stream.entries);
    const subtype = copier.source.name(stream.entries.get("Subtype"));
    const words =
        subtype !== undefined && FILE_KINDS.includes(subtype)
            ? [`/Subtype ${nameText(subtype)}`]
            : found.lengths.map((size, i) => `/Length${i + 1} ${size}`);
    return copier.add(() => copier.stream(words, found.data));
}

/** An encoding: by name, by what is different, or as a character map. */
function encoding(copier: Copier, untrusted: Value): string | undefined {
    const value = copier.source.value(untrusted);
    if (value instanceof Name) return predefined(value.text);
    if (value instanceof Map) return copier.dictionary("encoding", value);
    if (!(value instanceof Stream)) return undefined;
    return copier.once(untrusted, "map", () => copier.add(() => map(copier, value)));
}

function predefined(name: string | undefined): string | undefined {
    return name !== undefined && PREDEFINED.test(name) ? nameText(name) : undefined;
}

/** A character map from codes to glyphs (§9.7.5.3). */
function map(copier: Copier, stream: Stream): Uint8Array {
    const { entries } = stream;
    const collection = copier.source.entries(entries.get("CIDSystemInfo"));
    const words = ["/Type /CMap /CMapName /R"];
    const told = copier.words("system", collection);
    if (told.length > 0) words.push(`/CIDSystemInfo << ${told.join(" ")} >>`);
    const upright = copier.source.value(entries.get("WMode"));
    if (upright === 0 || upright === 1) words.push(`/WMode ${upright}`);
    const other = predefined(copier.source.name(entries.get("UseCMap")));
    if (other !== undefined) words.push(`/UseCMap ${other}`);
    copier.leave(entries);
    return copier.stream(words, characterMap(copier.plain(stream), copier.budget, systemLines(copier, collection)));
}

/** The collection in the map's own words, in strings that every reader reads. */
function systemLines(copier: Copier, collection: Entries): string {
    const parts = ["Registry", "Ordering"].map((key) => copier.source.value(collection.get(key)));
    const [registry, ordering] = parts.map((part) => (part instanceof Text && PREDEFINED.test(part.text) ? part.text : undefined));
    if (registry === undefined || ordering === undefined) return "";
    return `/CIDSystemInfo 3 dict dup begin\n/Registry (${registry}) def\n/Ordering (${ordering}) def\n/Supplement 0 def\nend def\n`;
}

/** What the glyphs of a font read as (§9.10.3). */
function toUnicode(copier: Copier, untrusted: Value): string | undefined {
    const value = copier.source.value(untrusted);
    if (value instanceof Name) return predefined(value.text);
    if (!(value instanceof Stream)) return undefined;
    copier.leave(value.entries);
    return copier.once(untrusted, "reads", () => copier.add(() => copier.stream([], characterMap(copier.plain(value), copier.budget))));
}

/** The one font of glyphs under a composite font (§9.7.6). */
function descendants(copier: Copier, untrusted: Value): string | undefined {
    const [first = null] = copier.source.items(untrusted);
    const entries = copier.source.value(first);
    if (!(entries instanceof Map)) return undefined;
    return array([copier.once(first, "cidfont", () => copier.add(() => copier.dictionary("cidfont", entries)))]);
}

function system(copier: Copier, untrusted: Value): string | undefined {
    const entries = copier.source.value(untrusted);
    return entries instanceof Map ? copier.dictionary("system", entries) : undefined;
}

/** Which glyph each character takes (§9.7.4.2). */
function glyphMap(copier: Copier, untrusted: Value): string | undefined {
    const value = copier.source.value(untrusted);
    if (!(value instanceof Stream)) return copier.source.name(value) === "Identity" ? "/Identity" : undefined;
    const data = copier.plain(value).subarray(0, MAX_GLYPH_MAP);
    return copier.once(untrusted, "glyphs", () => copier.add(() => copier.stream([], data)));
}

/** The codes that mean other glyphs, and their names (§9.6.6.1). */
function differences(copier: Copier, untrusted: Value): string {
    const items = copier.source.items(untrusted).map((item) => copier.source.value(item));
    return array(items.flatMap((item) => (typeof item === "number" ? [numberText(item)] : item instanceof Name ? [nameText(item.text)] : [])));
}

export const RULES: Rules = { encoding, to_unicode: toUnicode, descendants, system, glyph_map: glyphMap, differences };
export const OBJECTS: Rules = { font, descriptor, fontfile: fontFile };
