/** The twin of `files/media/heif_still.py`: a still picture's `meta` box. */

import { cleanAv1c, cleanHvcc } from "./codec-config.ts";
import { type Coding, codingOf } from "./coded.ts";
import { IN_BOX, IN_FILE, type Item, ItemReader } from "./heif-items.ts";
import { asIs, type Box, type Boxes, TABLES, type Treat } from "./isobmff-boxes.ts";
import { auxiliary } from "./isobmff-entries.ts";
import type { Run } from "./isobmff-samples.ts";
import { readExif } from "../images/exif.ts";
import { latin1 } from "../policy.ts";

const ITEMS: Readonly<Record<string, string>> = TABLES.items;
const KINDS = ["hdlr", "pitm", "iloc", "iinf", "iref", "iprp", "idat", "dinf", "grpl"];
/** How long the data of pictures that are made of others may be, without their parts. */
const DERIVED: Readonly<Record<string, number>> = { grid: 12, iovl: 18, tmap: 256 };
const MAP = "tmap";
const GONE = latin1("free");
const EXIF_BYTES = 65_536;

export class Still {
    /** The types of the items that stay. */
    readonly kinds = new Set<string>();
    private readonly boxes = new Map<string, Box>();
    private readonly codings = new Map<number, Coding>();
    private readonly helpful = new Set<number>();
    private readonly reader: ItemReader;
    private readonly file: Boxes;
    private readonly box: Box;

    constructor(file: Boxes, box: Box) {
        this.file = file;
        this.box = box;
        for (const one of file.children(box.body + 4, box.end)) {
            if (!KINDS.includes(one.kind)) continue;
            file.demand(!this.boxes.has(one.kind));
            this.boxes.set(one.kind, one);
        }
        this.reader = new ItemReader(file, this.boxes);
    }

    /** The box of item data inside the `meta`, if there is one. */
    get spaces(): Box[] {
        const box = this.boxes.get("idat");
        return box === undefined ? [] : [box];
    }

    /** Clean all but the data of the items; return where those lie that stay. */
    clean(): Run[] {
        const { file, reader } = this;
        const primary = reader.read();
        const properties: Treat = (one) => { this.container(one); };
        const group: Treat = (one) => file.table(one, 4, 8);
        file.inside(this.box.body + 4, this.box.end, {
            pitm: asIs,
            iloc: asIs,
            iinf: asIs,
            idat: asIs,
            hdlr: (box) => { this.handler(box); },
            iref: () => { this.references(); },
            iprp: (box) => { file.inside(box.body, box.end, { ipco: properties, ipma: asIs }); },
            dinf: (box) => { file.inside(box.body, box.end, { dref: (one) => file.selfContained(one) }); },
            grpl: (box) => { file.inside(box.body, box.end, { altr: group }); },
        });
        const kept = this.kept(primary);
        for (const [identity, item] of reader.items) {
            if (kept.has(identity)) file.zero(item.kindAt + 4, item.box.end, "file-name");
            else this.forget(item);
        }
        return [...kept].sort((a, b) => a - b).flatMap((identity) => this.runs(reader.item(identity)));
    }

    private handler(box: Box): void {
        if (this.file.word(box.body + 8) !== "pict") throw this.file.refusal("unsupported");
        this.file.handler(box);
    }

    private references(): void {
        for (const { box } of this.reader.references()) {
            if (!TABLES.references.includes(box.kind)) this.file.put(box.start + 4, GONE, "unknown");
        }
    }

    /** Clean each property; one that goes leaves a free box, so that numbers stay true. */
    private container(box: Box): void {
        const file: Boxes = this.file;
        const gone = new Set<number>();
        for (const [i, one] of file.children(box.body, box.end).entries()) {
            if (one.kind === "hvcC") this.codings.set(i + 1, cleanHvcc(file, one.body, one.end));
            else if (one.kind === "av1C") this.codings.set(i + 1, cleanAv1c(file, one.body, one.end));
            else if (one.kind === "auxC") {
                if (auxiliary(file, one)) this.helpful.add(i + 1);
            } else if (one.kind === "colr") file.colour(one);
            else file.inside(one.start, one.end, {}, (numbers) => { file.numbers(numbers); });
            if (file.word(one.start + 4) === "free") gone.add(i + 1);
        }
        this.reader.notEssential(gone);
    }

    /** The items that are shown, and those they need. */
    private kept(primary: number): Set<number> {
        const { items } = this.reader;
        const shown = new Set([...items].filter(([, item]) => isShown(item)).map(([identity]) => identity));
        shown.add(primary);
        const pictures = [...shown].filter((one) => items.has(one) && items.get(one)?.kind !== MAP);
        if (pictures.length > 1) this.file.warnings.add("hidden-content");
        const helpers = new Map<number, number[]>();
        for (const [identity, item] of items) {
            if (!item.properties.some((one) => this.helpful.has(one))) continue;
            for (const served of item.serves) {
                const helping = helpers.get(served) ?? [];
                helping.push(identity);
                helpers.set(served, helping);
            }
        }
        const kept = new Set<number>();
        const fresh = [...shown];
        for (let identity = fresh.pop(); identity !== undefined; identity = fresh.pop()) {
            if (kept.has(identity)) continue;
            kept.add(identity);
            fresh.push(...this.reader.item(identity).parts, ...(helpers.get(identity) ?? []));
        }
        return kept;
    }

    /** Take an item's type and name away; its bytes go with all that nobody needs. */
    private forget(item: Item): void {
        const file: Boxes = this.file;
        if (item.kind !== "free") {
            file.note(this.toldBy(item));
            file.orphans = true;
        }
        file.put(item.kindAt, GONE);
        file.wipe(item.kindAt + 4, item.box.end);
    }

    private toldBy(item: Item): Iterable<string> {
        if (item.isThumbnail || Object.hasOwn(ITEMS, item.kind)) return ["thumbnail"];
        const [start, end] = item.extents[0] ?? [0, 0];
        const { data } = this.file;
        if (item.kind === "Exif" && item.method === IN_FILE && start + 4 <= end && end <= data.length) {
            const tiff = start + 4 + this.file.number(start, 4);
            return readExif(data.subarray(tiff, Math.max(tiff, Math.min(end, tiff + EXIF_BYTES)))).categories;
        }
        return this.file.kinds(start, end);
    }

    /** Where an item that stays lies. */
    private runs(item: Item): Run[] {
        const file: Boxes = this.file;
        const name = Object.hasOwn(ITEMS, item.kind) ? ITEMS[item.kind] : undefined;
        if (name === undefined || item.method > IN_BOX) throw file.refusal("unsupported");
        this.kinds.add(item.kind);
        const known = item.properties.map((one) => this.codings.get(one));
        const coding = known.find((one) => one?.name === name) ?? codingOf("");
        file.demand(coding.name === name);
        let base = 0;
        if (item.method === IN_BOX) {
            const idat = this.boxes.get("idat");
            file.demand(idat !== undefined);
            base = idat.body;
        }
        const found = item.extents.map(([start, end]): Run => {
            file.demand(start < end);
            return { start: base + start, end: base + end, coding, count: 1, size: () => end - start };
        });
        const size = found.reduce((sum, run) => sum + run.end - run.start, 0);
        file.demand(name !== "" || size <= (DERIVED[item.kind] ?? 0) + 8 * item.parts.length);
        return found;
    }
}

function isShown(item: Item): boolean {
    if (!Object.hasOwn(ITEMS, item.kind) || item.isThumbnail || item.serves.length > 0) return false;
    return item.kind === MAP || !item.isHidden;
}
