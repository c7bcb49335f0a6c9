/** The twin of `files/documents/pdf/colours.py`: colour spaces, functions and shadings. */

import { type Copier, LISTS, type Rules } from "./copier.ts";
import { neutral, singlesOut } from "./icc.ts";
import { bytesOf, Stream, textOf } from "./source.ts";
import { demand, isWhole, Name, nameText, numberText, stringText, Text, tokens, type Value } from "./syntax.ts";
import { allOf, array, MAX_DEPTH, numberList } from "./values.ts";

export const DEVICES: ReadonlyMap<string, number> = new Map([
    ["DeviceGray", 1],
    ["DeviceRGB", 3],
    ["DeviceCMYK", 4],
    ["Pattern", 0],
]);
const BY_CHANNELS: ReadonlyMap<number, string> = new Map([
    [1, "DeviceGray"],
    [3, "DeviceRGB"],
    [4, "DeviceCMYK"],
]);
const SHORT: ReadonlyMap<string, string> = new Map([
    ["G", "DeviceGray"],
    ["RGB", "DeviceRGB"],
    ["CMYK", "DeviceCMYK"],
    ["I", "Indexed"],
]);
const PARAMETERS: ReadonlyMap<string, readonly [kind: string, channels: number]> = new Map([
    ["CalGray", ["gray", 1]],
    ["CalRGB", ["rgb", 3]],
    ["Lab", ["lab", 3]],
] as const);
const MAX_INKS = 32;
const MAX_FUNCTIONS = 32;
const CALCULATOR = new Set(
    (
        "abs add atan ceiling cos cvi cvr div exp floor idiv ln log mod mul neg round sin sqrt sub truncate and bitshift " +
        "eq false ge gt le lt ne not or true xor if ifelse copy dup exch index pop roll { }"
    ).split(" "),
);

/** A colour space's text and the number of its components. */
export interface Space {
    readonly text: string;
    readonly channels: number;
}

/** A colour space, or undefined for one that nobody knows. */
export function spaceOf(copier: Copier, untrusted: Value | undefined, depth = 0): Space | undefined {
    const value = copier.source.value(untrusted);
    if (value instanceof Name) {
        const name = SHORT.get(value.text) ?? value.text;
        const channels = DEVICES.get(name);
        return channels === undefined ? undefined : { text: nameText(name), channels };
    }
    if (!Array.isArray(value) || value.length === 0 || depth === MAX_DEPTH) return undefined;
    return copier.once(untrusted ?? null, "space", () => family(copier, value, depth));
}

function familyName(copier: Copier, parts: readonly Value[]): string {
    const name = copier.source.name(parts[0]) ?? "";
    return SHORT.get(name) ?? name;
}

/** A colour space of which more is told than its name. */
function family(copier: Copier, parts: readonly Value[], depth: number): Space | undefined {
    const name = familyName(copier, parts);
    const [, first = null] = parts;
    if (DEVICES.has(name) && parts.length === 1) return spaceOf(copier, new Name(name));
    if (parts.length < 2) return undefined;
    if (name === "ICCBased") return copier.once(first, "icc", () => profiled(copier, first));
    const measured = PARAMETERS.get(name);
    if (measured !== undefined) {
        const [kind, channels] = measured;
        return { text: array([nameText(name), copier.dictionary(kind, copier.source.entries(first))]), channels };
    }
    if (name === "Pattern") {
        const base = spaceOf(copier, first, depth + 1);
        return base && { text: array(["/Pattern", base.text]), channels: base.channels };
    }
    if (name === "Indexed" && parts.length > 3) return indexed(copier, parts, depth);
    if ((name === "Separation" || name === "DeviceN") && parts.length > 3) return inks(copier, name, parts, depth);
    return undefined;
}

function profiled(copier: Copier, untrusted: Value): Space | undefined {
    const stream = copier.source.value(untrusted);
    if (!(stream instanceof Stream)) return undefined;
    const channels = copier.source.value(stream.entries.get("N"));
    const device = typeof channels === "number" ? BY_CHANNELS.get(channels) : undefined;
    if (device === undefined || typeof channels !== "number") return undefined;
    copier.leave(stream.entries);
    const data = copier.plain(stream);
    const profile = neutral(data, channels);
    const changed = profile === undefined || textOf(profile) !== textOf(data);
    if (changed) copier.note("colour-profile");
    if (profile === undefined || (changed && singlesOut(data))) copier.warn("colours-may-change");
    if (profile === undefined || profile.length === 0) return { text: nameText(device), channels };
    const ref = copier.add(() => copier.stream([`/N ${channels}`, `/Alternate ${nameText(device)}`], profile));
    return { text: array(["/ICCBased", ref]), channels };
}

/** A palette, without what stands behind its last colour. */
function indexed(copier: Copier, parts: readonly Value[], depth: number): Space | undefined {
    const [last, table] = [copier.source.value(parts[2]), copier.source.value(parts[3])];
    const colours = table instanceof Stream ? textOf(copier.plain(table)) : table instanceof Text ? table.text : undefined;
    if (colours === undefined || !isWhole(last) || last < 0 || last > 255) return undefined;
    const base = spaceOf(copier, parts[1], depth + 1);
    if (base === undefined) return undefined;
    const kept = stringText(colours.slice(0, (last + 1) * base.channels));
    return { text: array(["/Indexed", base.text, numberText(last), kept]), channels: 1 };
}

/** Inks by name, and what stands for them on a screen. */
function inks(copier: Copier, name: string, parts: readonly Value[], depth: number): Space | undefined {
    const listed = copier.source.value(parts[1]);
    const names = (Array.isArray(listed) ? listed : [listed]).map((ink) => copier.source.name(ink));
    if (names.length === 0 || names.length > MAX_INKS || names.includes(undefined)) return undefined;
    const tintOf = parts[3] ?? null;
    const base = isFunction(copier, tintOf) ? spaceOf(copier, parts[2], depth + 1) : undefined;
    const tint = base && copier.value("ref:function", tintOf);
    if (base === undefined || tint === undefined) return undefined;
    const texts = names.map((ink) => nameText(ink ?? ""));
    const written = name === "Separation" ? (texts[0] ?? "") : array(texts);
    return { text: array([nameText(name), written, base.text, tint]), channels: names.length };
}

/** How many components a colour has, without copying the space. */
export function channelsOf(copier: Copier, untrusted: Value | undefined): number | undefined {
    const value = copier.source.value(untrusted);
    const parts = Array.isArray(value) ? value : [value];
    const name = familyName(copier, parts);
    const known = DEVICES.get(name) ?? PARAMETERS.get(name)?.[1];
    if (known !== undefined) return known > 0 ? known : undefined;
    if (name === "Indexed" || name === "Separation") return 1;
    if (name === "DeviceN" && parts.length > 1) {
        const count = copier.source.items(parts[1]).length;
        return count > 0 ? count : undefined;
    }
    if (name !== "ICCBased" || parts.length < 2) return undefined;
    const channels = copier.source.value(copier.source.entries(parts[1]).get("N"));
    return typeof channels === "number" && BY_CHANNELS.has(channels) ? channels : undefined;
}

function isFunction(copier: Copier, untrusted: Value): boolean {
    const value = copier.source.value(untrusted);
    const kind = copier.source.value(copier.source.entries(value).get("FunctionType"));
    return value instanceof Stream ? kind === 0 || kind === 4 : kind === 2 || kind === 3;
}

/** Copy a function: samples, an exponent, several of them, or a calculator's program. */
function copyFunction(copier: Copier, untrusted: Value): string | undefined {
    if (!isFunction(copier, untrusted)) return undefined;
    const value = copier.source.value(untrusted);
    if (value instanceof Stream) return copier.add(() => codedFunction(copier, value));
    return value instanceof Map ? copier.add(() => copier.dictionary("function", value)) : undefined;
}

function codedFunction(copier: Copier, stream: Stream): Uint8Array {
    const words = copier.words("function", stream.entries);
    const data = copier.plain(stream);
    if (copier.source.value(stream.entries.get("FunctionType")) !== 4) return copier.stream(words, data.subarray(0, samplesOf(copier, stream)));
    const program = Array.from(copier.budget.counted(tokens(textOf(data))), ({ word }) => word);
    demand(program.every((word) => CALCULATOR.has(word) || /^[-+.0-9]+$/.test(word)));
    return copier.stream(words, bytesOf(program.join(" ")));
}

/** How many bytes the samples take (§7.10.2), undefined if that is not told. */
function samplesOf(copier: Copier, { entries }: Stream): number | undefined {
    const [size, bounds] = [numberList(copier, entries.get("Size")), numberList(copier, entries.get("Range"))];
    const bits = copier.source.value(entries.get("BitsPerSample"));
    if (size === undefined || size.length === 0 || bounds === undefined || bounds.length === 0) return undefined;
    if (!isWhole(bits) || !size.every(isWhole)) return undefined;
    const count = size.reduce((product, points) => product * points, bits * (bounds.length >> 1));
    return Math.max(0, Math.floor((count + 7) / 8));
}

function functions(copier: Copier, untrusted: Value): string | undefined {
    const value = copier.source.value(untrusted);
    if (!Array.isArray(value)) return copier.value("ref:function", untrusted);
    if (value.length > MAX_FUNCTIONS || !value.every((item) => isFunction(copier, item))) return undefined;
    return allOf(value.map((item) => copier.value("ref:function", item)));
}

function transfer(copier: Copier, untrusted: Value): string | undefined {
    const value = copier.source.value(untrusted);
    if (!(value instanceof Name)) return functions(copier, untrusted);
    return ["Identity", "Default"].includes(value.text) ? nameText(value.text) : undefined;
}

/** Copy a shading; meshes are streams (§8.7.4.5.5). */
function shading(copier: Copier, untrusted: Value): string | undefined {
    const value = copier.source.value(untrusted);
    if (value instanceof Stream) return copier.add(() => copier.stream(copier.words("shading", value.entries), copier.plain(value)));
    return value instanceof Map ? copier.add(() => copier.dictionary("shading", value)) : undefined;
}

function graphicsState(copier: Copier, untrusted: Value): string | undefined {
    const value = copier.source.value(untrusted);
    return value instanceof Map ? copier.add(() => copier.dictionary("extgstate", value)) : undefined;
}

function group(copier: Copier, untrusted: Value): string | undefined {
    const entries = copier.source.entries(untrusted);
    return copier.source.name(entries.get("S")) === LISTS["groups"]?.[0] ? copier.dictionary("group", entries) : undefined;
}

export const RULES: Rules = {
    colours: (copier, untrusted) => spaceOf(copier, untrusted)?.text,
    functions,
    transfer,
    group,
};
export const OBJECTS: Rules = { function: copyFunction, shading, extgstate: graphicsState };
