/** The twin of `files/media/verify_heif.py`: items of a cleaned HEIC or AVIF, read a second time. */

import { TABLES } from "./isobmff-boxes.ts";
import { all, type Node, type Reader } from "./verify-boxes.ts";
import { type Config, configOf } from "./verify-config.ts";
import { detail, type Part } from "./verify-entries.ts";

const ITEMS: Readonly<Record<string, string>> = TABLES.items;
const MOST: Readonly<Record<string, number>> = { grid: 12, iovl: 18, tmap: 256 };

/** Judge all tables; return where the items lie that stay. */
export function readItems(reader: Reader, meta: Node): Part[] {
    reader.handler(reader.one(all(meta, "hdlr")), ["pict"]);
    for (const node of all(meta, "dinf", "dref")) reader.selfContained(node);
    const kinds = kindsOf(reader, reader.one(all(meta, "iinf")));
    const properties = propertiesOf(reader, reader.one(all(meta, "iprp", "ipco")));
    const configs = new Map<number, Config[]>();
    for (const node of all(meta, "iprp", "ipma")) associations(reader, node, properties, configs);
    const made = new Map<number, number>();
    for (const node of all(meta, "iref")) references(reader, node, kinds, made);
    const parts: Part[] = [];
    for (const { item, place, extents } of locations(reader, reader.one(all(meta, "iloc")))) {
        const kind = kinds.get(item) ?? "free";
        if (kind === "free") continue;
        reader.demand(place === 0 || place === 1);
        const base = place === 1 ? reader.one(all(meta, "idat")).body : 0;
        const coding = ITEMS[kind] ?? "";
        const config = configs.get(item)?.find(({ name }) => name === coding);
        reader.demand(config !== undefined || coding === "");
        const total = extents.reduce((sum, [, length]) => sum + length, 0);
        reader.demand(coding !== "" || total <= (MOST[kind] ?? 0) + 8 * (made.get(item) ?? 0));
        for (const [start, length] of extents) {
            const [from, end] = [base + start, base + start + length];
            parts.push({ start: from, end, config: config ?? configOf(), count: 1, size: () => length });
        }
    }
    return parts;
}

/** The type of each item; nothing may follow it. */
function kindsOf(reader: Reader, node: Node): Map<number, string> {
    const kinds = new Map<number, string>();
    for (const one of reader.boxes(node.body + (reader.number(node.body, 1) > 0 ? 8 : 6), node.end)) {
        const version = reader.number(one.body, 1);
        const width = version === 3 ? 4 : 2;
        const kind = reader.word(one.body + 6 + width);
        reader.demand(one.kind === "infe" && (version === 2 || version === 3));
        reader.demand(Object.hasOwn(ITEMS, kind) || kind === "free");
        reader.zeros(one.body + 4 + width, one.body + 6 + width);
        reader.zeros(one.body + 10 + width, one.end);
        kinds.set(reader.number(one.body + 4, width), kind);
    }
    return kinds;
}

/** What each property says of the coding, by number. */
function propertiesOf(reader: Reader, node: Node): (Config | undefined)[] {
    return [
        undefined,
        ...reader.boxes(node.body, node.end).map((one) => {
            if (one.kind === "hvcC" || one.kind === "av1C") return detail(reader, one);
            if (one.kind === "colr") reader.colour(one);
            else if (one.kind === "auxC") reader.auxiliary(one);
            else if (one.kind !== "free") reader.numbers(one);
            return undefined;
        }),
    ];
}

function associations(
    reader: Reader,
    node: Node,
    properties: readonly (Config | undefined)[],
    configs: Map<number, Config[]>,
): void {
    const wide = reader.number(node.body, 1) > 0 ? 4 : 2;
    const width = 1 + (reader.number(node.body + 3, 1) % 2);
    let at = node.body + 8;
    for (let left = reader.number(node.body + 4); left > 0; left--) {
        const item = reader.number(at, wide);
        const count = reader.number(at + wide, 1);
        at += wide + 1;
        for (let i = 0; i < count; i++, at += width) {
            const config = properties[reader.number(at, width) % (width === 2 ? 0x8000 : 0x80)];
            if (config !== undefined) configs.set(item, [...(configs.get(item) ?? []), config]);
        }
    }
    reader.demand(at <= node.end);
    reader.zeros(at, node.end);
}

/** Demand known kinds of references between items that exist; count what items are made of. */
function references(reader: Reader, node: Node, kinds: ReadonlyMap<number, string>, made: Map<number, number>): void {
    const width = reader.number(node.body, 1) > 0 ? 4 : 2;
    for (const one of reader.boxes(node.body + 4, node.end, false)) {
        const source = reader.number(one.body, width);
        const count = reader.number(one.body + width, 2);
        reader.demand(one.body + width * (count + 1) + 2 === one.end);
        reader.demand(TABLES.references.includes(one.kind) && kinds.has(source));
        for (let i = 0; i < count; i++) reader.demand(kinds.has(reader.number(one.body + 2 + width * (i + 1), width)));
        if (one.kind === "dimg") made.set(source, (made.get(source) ?? 0) + count);
    }
}

interface Location {
    readonly item: number;
    /** 0 the file, 1 the box of data. */
    readonly place: number;
    readonly extents: readonly (readonly [start: number, length: number])[];
}

function locations(reader: Reader, node: Node): Location[] {
    const version = reader.number(node.body, 1);
    const sizes = reader.number(node.body + 4, 2);
    const [offset, length, base, index] = [sizes >> 12, (sizes >> 8) % 16, (sizes >> 4) % 16, sizes % 16];
    const wide = version === 2 ? 4 : 2;
    let at = node.body + 6;
    const next = (size: number): number => {
        at += size;
        return reader.number(at - size, size);
    };
    const found: Location[] = [];
    for (let left = next(wide); left > 0; left--) {
        const item = next(wide);
        const place = version > 0 ? next(2) % 16 : 0;
        next(2);
        const start = next(base);
        const extents: [number, number][] = [];
        for (let count = next(2); count > 0; count--) {
            if (version > 0) next(index);
            extents.push([start + next(offset), next(length)]);
        }
        found.push({ item, place, extents });
    }
    reader.demand(at <= node.end);
    reader.zeros(at, node.end);
    return found;
}
