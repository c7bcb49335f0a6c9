/** The twin of `files/documents/pdf/pages.py`: one content stream each, one level of pages. */

import { LIMITS } from "../../policy.ts";
import { join } from "../../walker.ts";
import { Content } from "./content.ts";
import type { Copier } from "./copier.ts";
import { tooComplex } from "./filters.ts";
import { Links } from "./links.ts";
import { Notes } from "./notes.ts";
import { NO_RESOURCES, resourcesOf } from "./resources.ts";
import { bytesOf, Stream } from "./source.ts";
import { demand, type Entries, Ref, type Value } from "./syntax.ts";
import { array, box, numberList } from "./values.ts";

const INHERITED = ["Resources", "MediaBox", "CropBox", "Rotate"];
const LETTER = [0, 0, 612, 792];
/** Less of the page's area than this being seen is worth a warning. */
const SEEN_SHARE = 0.9;

interface Page {
    readonly untrusted: Value;
    readonly entries: Entries;
}

/** The pages of one document; *untrusted* is the catalog's entry for them. */
export class Pages {
    readonly ref: string;
    private readonly copier: Copier;
    private readonly pages: readonly Page[];
    private readonly kids: string[] = [];

    constructor(copier: Copier, untrusted: Value) {
        this.copier = copier;
        this.pages = this.collect(untrusted);
        this.ref = copier.add(() => `<< /Type /Pages /Kids ${array(this.kids)} /Count ${this.kids.length} >>`);
    }

    /** Give every page its object; return the places that links may lead to. */
    add(catalog: Entries): Links {
        const links = new Links(this.copier, catalog);
        for (const page of this.pages) {
            const ref = this.copier.add(() => this.page(page, links));
            this.kids.push(ref);
            links.addPage(page.untrusted, ref);
        }
        return links;
    }

    /** Each page and its entries, the inherited ones too. */
    private collect(root: Value): Page[] {
        const waiting: Page[] = [{ untrusted: root, entries: new Map() }];
        const seen = new Set<string>();
        const found: Page[] = [];
        for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
            const { untrusted, entries: inherited } = next;
            const entries = this.copier.source.value(untrusted);
            demand(entries instanceof Map && found.length < LIMITS.pdf_objects);
            if (!entries.has("Kids")) {
                found.push({ untrusted, entries: new Map([...inherited, ...entries]) });
                continue;
            }
            if (untrusted instanceof Ref) {
                demand(!seen.has(untrusted.key));
                seen.add(untrusted.key);
            }
            this.copier.leave(entries, INHERITED);
            const below = new Map([...inherited, ...[...entries].filter(([key]) => INHERITED.includes(key))]);
            const kids = this.copier.source.items(entries.get("Kids"));
            for (const kid of [...kids].reverse()) waiting.push({ untrusted: kid, entries: below });
        }
        demand(found.length > 0);
        return found;
    }

    private page({ untrusted, entries }: Page, links: Links): string {
        const { copier } = this;
        const content = new Content(copier, resourcesOf(copier, entries, untrusted) ?? NO_RESOURCES);
        const drawn = content.write(this.contents(entries));
        const notes = new Notes(copier, links, entries);
        const noted = notes.draw(content.names);
        const data = noted === "" ? drawn : join([bytesOf("q\n"), drawn, bytesOf(`Q\n${noted}`)]);
        const words = [...copier.words("page", this.framed(entries)), `/Resources ${content.names.text()}`];
        if (data.length > 0) words.push(`/Contents ${copier.put(copier.stream([], data))}`);
        if (notes.links.length > 0) words.push(`/Annots ${array(notes.links)}`);
        return `<< ${words.join(" ")} >>`;
    }

    /** The page's content streams as one (§7.8.2). */
    private contents(entries: Entries): Uint8Array {
        const { source } = this.copier;
        const value = source.value(entries.get("Contents"));
        const parts: Uint8Array[] = [];
        let size = 0;
        for (const stream of (Array.isArray(value) ? value : value === null ? [] : [value]).map((item) => source.value(item))) {
            if (stream === null) continue;
            demand(stream instanceof Stream);
            this.copier.leave(stream.entries);
            const plain = this.copier.plain(stream);
            size += plain.length + 1;
            if (size > LIMITS.pdf_stream) throw tooComplex();
            parts.push(plain, bytesOf("\n"));
        }
        return join(parts);
    }

    /** The entries with a size that is told; warn if much lies outside what is seen. */
    private framed(entries: Entries): Entries {
        const told = entries.get("MediaBox") ?? null;
        const whole = box(this.copier, told) === undefined ? LETTER : told;
        const seen = numberList(this.copier, entries.get("CropBox"));
        const all = numberList(this.copier, whole) ?? LETTER;
        if (seen?.length === 4 && area(seen) < SEEN_SHARE * area(all)) this.copier.warn("hidden-content");
        return new Map<string, Value>([...entries, ["MediaBox", whole], ["Parent", null]]);
    }
}

function area([left = 0, low = 0, right = 0, high = 0]: readonly number[]): number {
    return Math.abs((right - left) * (high - low));
}
