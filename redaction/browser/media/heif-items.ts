/** The twin of `files/media/heif_items.py`: the items of a `meta` box and how they belong together. */

import type { Box, Boxes } from "./isobmff-boxes.ts";

export const IN_FILE = 0;
export const IN_BOX = 1;
const ESSENTIAL = 0x80;

/** `parts` is what it is made of, `serves` what it adds something to. */
export interface Item {
    readonly kind: string;
    /** Where the type stands. */
    readonly kindAt: number;
    /** Its `infe`. */
    readonly box: Box;
    readonly isHidden: boolean;
    method: number;
    readonly extents: [start: number, end: number][];
    readonly properties: number[];
    readonly parts: number[];
    readonly serves: number[];
    isThumbnail: boolean;
}

export interface Reference {
    readonly box: Box;
    readonly source: number;
    readonly targets: readonly number[];
}

/** Reads the tables of one `meta` box. */
export class ItemReader {
    readonly items = new Map<number, Item>();
    private readonly uses: { readonly number: number; readonly at: number }[] = [];
    private readonly file: Boxes;
    private readonly boxes: ReadonlyMap<string, Box>;

    constructor(file: Boxes, boxes: ReadonlyMap<string, Box>) {
        this.file = file;
        this.boxes = boxes;
    }

    /** Read everything; return the number of the picture that is shown. */
    read(): number {
        const file: Boxes = this.file;
        for (const kind of ["hdlr", "pitm", "iloc", "iinf", "iprp"]) file.demand(this.boxes.has(kind));
        this.information(this.table("iinf"));
        this.locations(this.table("iloc"));
        const properties = this.table("iprp");
        let containers = 0;
        for (const box of file.children(properties.body, properties.end)) {
            if (box.kind === "ipco") file.demand(++containers === 1);
            else if (box.kind === "ipma") this.associations(box);
        }
        if (this.boxes.has("iref")) for (const reference of this.references()) this.relate(reference);
        const primary = this.table("pitm");
        const width = file.version(primary, 0, 1) === 1 ? 4 : 2;
        file.only(primary, 4 + width);
        return file.number(primary.body + 4, width);
    }

    item(identity: number): Item {
        const item = this.items.get(identity);
        this.file.demand(item !== undefined);
        return item;
    }

    private table(kind: string): Box {
        const box = this.boxes.get(kind);
        this.file.demand(box !== undefined);
        return box;
    }

    private information(box: Box): void {
        const file: Boxes = this.file;
        const width = file.version(box, 0, 1) === 1 ? 4 : 2;
        const entries = file.children(box.body + 4 + width, box.end);
        file.demand(entries.length === file.number(box.body + 4, width));
        for (const entry of entries) {
            file.demand(entry.kind === "infe");
            const wide = file.version(entry, 2, 3) === 3 ? 4 : 2;
            const identity = file.number(entry.body + 4, wide);
            const at = entry.body + 4 + wide;
            file.demand(at + 6 <= entry.end && !this.items.has(identity));
            if (file.number(at, 2) > 0) throw file.refusal("encrypted");
            this.items.set(identity, {
                kind: file.word(at + 2),
                kindAt: at + 2,
                box: entry,
                isHidden: (file.number(entry.body + 3, 1) & 1) === 1,
                method: IN_FILE,
                extents: [],
                properties: [],
                parts: [],
                serves: [],
                isThumbnail: false,
            });
        }
    }

    private locations(box: Box): void {
        const file: Boxes = this.file;
        const version = file.version(box, 0, 1, 2);
        const sizes = file.number(box.body + 4, 2);
        const [offset, length, base] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
        const index = version > 0 ? sizes & 15 : 0;
        for (const size of [offset, length, base, index]) file.demand(size === 0 || size === 4 || size === 8);
        const wide = version === 2 ? 4 : 2;
        let at = box.body + 6 + wide;
        for (let left = file.number(box.body + 6, wide); left > 0; left--) {
            file.spend();
            const item = this.item(file.number(at, wide));
            at += wide;
            if (version > 0) {
                item.method = file.number(at, 2) & 15;
                at += 2;
            }
            file.demand(file.number(at, 2) <= this.referencesToFiles());
            const start = file.exact(at + 2, base);
            const count = file.number(at + 2 + base, 2);
            at += 4 + base;
            file.demand(offset + length > 0 || count <= 1);
            for (let i = 0; i < count; i++) {
                file.spend();
                at += index;
                const place = start + file.exact(at, offset);
                item.extents.push([place, place + file.exact(at + offset, length)]);
                at += offset + length;
            }
        }
        file.demand(at <= box.end);
        file.zero(at, box.end, "unknown");
    }

    /** How many entries say "this file"; others are refused. */
    private referencesToFiles(): number {
        const box = this.boxes.get("dinf");
        if (box === undefined) return 0;
        const tables = this.file.children(box.body, box.end).filter(({ kind }) => kind === "dref");
        return tables.reduce((sum, one) => sum + this.file.selfContained(one), 0);
    }

    private associations(box: Box): void {
        const file: Boxes = this.file;
        const wide = file.version(box, 0, 1) === 1 ? 4 : 2;
        const width = 1 + (file.number(box.body + 3, 1) & 1);
        let at = box.body + 8;
        for (let left = file.number(box.body + 4, 4); left > 0; left--) {
            const item = this.item(file.number(at, wide));
            const count = file.number(at + wide, 1);
            at += wide + 1;
            for (let i = 0; i < count; i++) {
                file.spend();
                const number = file.number(at, width) & (width === 2 ? 0x7fff : 0x7f);
                item.properties.push(number);
                this.uses.push({ number, at });
                at += width;
            }
        }
        file.demand(at <= box.end);
        file.zero(at, box.end, "unknown");
    }

    /** Say of every use of the properties that went that decoders may leave it. */
    notEssential(gone: ReadonlySet<number>): void {
        for (const { number, at } of this.uses) {
            if (gone.has(number)) this.file.put(at, Uint8Array.of(this.file.byte(at) & ~ESSENTIAL));
        }
    }

    *references(): Generator<Reference> {
        const file: Boxes = this.file;
        const table = this.table("iref");
        const wide = file.version(table, 0, 1) === 1 ? 4 : 2;
        for (const box of file.children(table.body + 4, table.end)) {
            const count = file.number(box.body + wide, 2);
            const first = box.body + wide + 2;
            file.demand(first + count * wide === box.end);
            file.spend(count);
            const targets = Array.from({ length: count }, (_, i) => file.number(first + i * wide, wide));
            yield { box, source: file.number(box.body, wide), targets };
        }
    }

    private relate({ box, source, targets }: Reference): void {
        const item = this.item(source);
        for (const target of targets) this.item(target);
        if (box.kind === "dimg") item.parts.push(...targets);
        else if (box.kind === "auxl") item.serves.push(...targets);
        else if (box.kind === "thmb") item.isThumbnail = true;
    }
}
