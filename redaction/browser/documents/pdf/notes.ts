/** The twin of `files/documents/pdf/notes.py`: what lies on a page and is not part of it. */

import rules from "../../../files/documents/pdf/rules.json";
import { UnreadableFileError } from "../../walker.ts";
import { form } from "./content.ts";
import type { Copier } from "./copier.ts";
import type { Links } from "./links.ts";
import { type Names, NO_RESOURCES } from "./resources.ts";
import { Stream } from "./source.ts";
import { type Entries, isWhole, Name, numberText, Text, type Value } from "./syntax.ts";
import { numberList } from "./values.ts";

const TOLD = new Map(Object.entries(rules.notes).flatMap(([category, keys]) => keys.map((key) => [key, category] as const)));
const FILES = ["FileAttachment", "Sound", "Movie", "Screen", "RichMedia", "3D"];
const HIDDEN = (1 << 1) | (1 << 5);
const MAX_PARENTS = 16;
const FIELD_KEYS = (
    "FT T TU TM V DV RV Ff F DA DS Q MK Opt I TI MaxLen AP AS H BS Rect P A Lock SV Border"
).split(" ");

/** A form that stands for an annotation, where it is put, and the layer it is on. */
interface Seen {
    readonly form: string;
    readonly matrix: string;
    readonly layer: string | undefined;
}

/** The annotations of one page: `links` to write, and what is seen on the page. */
export class Notes {
    readonly links: string[] = [];
    private readonly seen: Seen[] = [];
    private readonly copier: Copier;

    constructor(copier: Copier, links: Links, page: Entries) {
        this.copier = copier;
        const notes = copier.source.items(page.get("Annots")).map((note) => {
            const entries = copier.source.entries(note);
            return { entries, kind: copier.source.name(entries.get("Subtype")) };
        });
        for (const { entries, kind } of notes) {
            if (kind === "Widget") this.field(entries);
            else if (kind !== undefined && kind !== "Link" && kind !== "Popup") {
                this.tell(entries);
                this.remark(entries, kind);
            }
        }
        for (const { entries } of notes.filter(({ kind }) => kind === "Link")) {
            this.tell(entries);
            const link = links.link(entries);
            if (link !== undefined) this.links.push(link);
        }
    }

    /** The instructions that draw what is seen; "" for nothing. */
    draw(names: Names): string {
        return this.seen
            .map((seen) => {
                const layer = seen.layer === undefined ? undefined : names.use("Properties", seen.layer);
                const drawing = `q\n${seen.matrix} cm\n${names.use("XObject", seen.form)} Do\nQ\n`;
                return layer === undefined ? drawing : `/OC ${layer} BDC\n${drawing}EMC\n`;
            })
            .join("");
    }

    /** Keep what is seen of a remark, warn that what was written to it goes. */
    private remark(entries: Entries, kind: string): void {
        const isFile = FILES.includes(kind);
        if (isFile) {
            this.copier.note("attachment");
            this.copier.warn("files-dropped");
        }
        const drawn = kind !== "Text" && !isFile && this.put(entries);
        const contents = this.copier.source.value(entries.get("Contents"));
        const said = !isEmpty(contents) && kind !== "FreeText";
        if (!drawn || said) this.copier.warn("notes-dropped");
    }

    /** Keep what a field of a form shows (§12.7). */
    private field(entries: Entries): void {
        this.copier.warn("forms-flattened");
        this.copier.leave(entries, FIELD_KEYS);
        this.copier.leave(this.copier.source.entries(entries.get("A")), ["S", "D", "Type", "N"]);
        if (this.put(entries)) return;
        const kind = this.inherited(entries, "FT");
        const isText = kind instanceof Name && (kind.text === "Tx" || kind.text === "Ch");
        // Only programs would show it, each in its own way.
        if (isText && !isEmpty(this.inherited(entries, "V")) && !this.isHidden(entries)) throw new UnreadableFileError("pdf-form");
    }

    private inherited(entries: Entries, key: string): Value {
        let holder = entries;
        for (let i = 0; i < MAX_PARENTS && !holder.has(key) && holder.has("Parent"); i++) {
            holder = this.copier.source.entries(holder.get("Parent"));
        }
        return this.copier.source.value(holder.get(key));
    }

    /** Put an annotation's appearance on the page (§12.5.5); tell whether it has one. */
    private put(entries: Entries): boolean {
        const untrusted = this.appearance(entries);
        const stream = this.copier.source.value(untrusted);
        if (!(stream instanceof Stream)) return false;
        if (this.isHidden(entries)) return true;
        const matrix = this.matrix(entries, stream);
        const ref = matrix === undefined ? undefined : form(this.copier, untrusted ?? null, NO_RESOURCES);
        if (matrix === undefined || ref === undefined) return true;
        const layer = entries.get("OC");
        this.seen.push({ form: ref, matrix, layer: layer === undefined ? undefined : this.copier.value("layer", layer) });
        return true;
    }

    /** The normal appearance, of several the one of the present state. */
    private appearance(entries: Entries): Value | undefined {
        const { source } = this.copier;
        const normal = source.entries(entries.get("AP")).get("N");
        const states = source.value(normal);
        if (!(states instanceof Map)) return normal;
        const state = source.name(entries.get("AS"));
        return state === undefined ? undefined : states.get(state);
    }

    private isHidden(entries: Entries): boolean {
        const flags = this.copier.source.value(entries.get("F"));
        return isWhole(flags) && (flags & HIDDEN) !== 0;
    }

    /** What brings a form into its rectangle (§12.5.5, algorithm 8.1). */
    private matrix(entries: Entries, stream: Stream): string | undefined {
        const rectangle = numberList(this.copier, entries.get("Rect"));
        const box = numberList(this.copier, stream.entries.get("BBox"));
        const told = numberList(this.copier, stream.entries.get("Matrix"));
        const turn = told !== undefined && told.length > 0 ? told : [1, 0, 0, 1, 0, 0];
        if (rectangle?.length !== 4 || box?.length !== 4 || turn.length !== 6) return undefined;
        const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = turn;
        const [left = 0, low = 0, right = 0, high = 0] = box;
        const corners = [left, right].flatMap((x) => [low, high].map((y) => [a * x + c * y + e, b * x + d * y + f] as const));
        const [across, upward] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
        const [width, height] = [Math.max(...across) - Math.min(...across), Math.max(...upward) - Math.min(...upward)];
        if (width === 0 || height === 0) return undefined;
        const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = rectangle;
        const [scaleX, scaleY] = [Math.abs(x2 - x1) / width, Math.abs(y2 - y1) / height];
        const moveX = Math.min(x1, x2) - Math.min(...across) * scaleX;
        const moveY = Math.min(y1, y2) - Math.min(...upward) * scaleY;
        return `${numberText(scaleX)} 0 0 ${[scaleY, moveX, moveY].map(numberText).join(" ")}`;
    }

    private tell(entries: Entries): void {
        for (const key of entries.keys()) {
            const category = TOLD.get(key);
            if (category !== undefined) this.copier.note(category);
        }
    }
}

/** Nothing, an empty text, list or dictionary, false or zero. */
function isEmpty(value: Value): boolean {
    if (value instanceof Text) return value.text === "";
    if (value instanceof Name) return value.text === "";
    if (Array.isArray(value)) return value.length === 0;
    if (value instanceof Map) return value.size === 0;
    return value === null || value === false || value === 0;
}
