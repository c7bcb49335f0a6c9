/** The twin of `files/documents/office/markup.py`: what all parts of Office files have in common. */

import { type Attributes, Element, Rewriter } from "../rewriter.ts";
import type { Tag } from "../xml.ts";
import { type Links, RULES, VOCABULARY } from "./parts.ts";

/** An element goes when the attribute that it is there for went. */
const NEEDS: ReadonlyMap<string, string> = new Map(
    Object.entries(RULES.needs).flatMap(([attribute, names]) => names.split(" ").map((name) => [name, attribute] as const)),
);
const FRAMES = RULES.frames.split(" ");
const ACTIONS = new RegExp(`^(?:${RULES.actions})$`);
const FILE_NAME = new RegExp(RULES.file_names, "i");
const PRESET_ID = /^_x0000_[a-z][0-9]{1,8}$/;
const ALTERNATIVES = "<mc:AlternateContent>";
const GUID = /^\{[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}$/;
export const DOOMED = "doomed";

/** What the parts of one file tell each other. */
export class Shared {
    /** The numbers that took the place of random ones. */
    readonly ids = new Map<string, string>();
    /** The foot- and endnotes that the text refers to. */
    notes: ReadonlySet<string> = new Set();
}

/**
 * One part. *outer* are the relationships of the part that refers to it, *shared* is what all
 * parts of the file know.
 */
export class Markup extends Rewriter {
    protected readonly links: Links;
    private readonly outer: Links | undefined;
    protected readonly shared: Shared;
    private readonly shapeIds = new Map<string, string>();

    constructor(links: Links, outer: Links | undefined, shared: Shared) {
        super(VOCABULARY);
        this.links = links;
        this.outer = outer;
        this.shared = shared;
        for (const name of RULES.references.split(" ")) this.values.set(name, (value) => (value === "" ? value : links.newId(value)));
        for (const name of ["alt", "descr", "title", "tooltip", "w:tooltip"]) this.values.set(name, (value) => this.described(value));
        this.values.set("show", (value) => this.shown(value));
        for (const name of RULES.random.split(" ")) this.values.set(name, (value) => this.counted(value));
        this.hook([...NEEDS.keys()], (tag) => this.needy(tag));
        this.hook(RULES.named.split(" "), (tag) => this.drawing(tag));
        this.hook(RULES.theme_names.split(" "), (tag) => this.copied(tag, { attributes: this.kept(tag).set("name", "Office") }));
        this.hook(RULES.shapes.split(" "), (tag) => this.shape(tag));
        this.hook(FRAMES, (tag) => this.frame(tag));
        this.hook(["a:hlinkClick", "a:hlinkHover"], (tag) => this.click(tag));
        this.hook(["dgm:extLst", "p:extLst"], (tag) => this.list(tag));
        this.hook(["a:ext", "p:ext"], (tag) => this.extension(tag));
        this.hook(["mc:AlternateContent"], (tag) => this.alternatives(tag));
        this.hook(["mc:Choice"], (tag) => this.choice(tag));
        this.hook(["mc:Fallback"], (tag) => this.fallback(tag));
        this.hook(["a:graphicData"], (tag) => this.graphic(tag));
        this.hook(["c:chart"], (tag) => this.chart(tag));
        this.hook(["dgm:relIds"], (tag) => this.diagram(tag));
        this.hook(["dsp:dataModelExt"], (tag) => this.diagramDrawing(tag));
        this.hook(["a:fld"], (tag) => this.copied(tag, { attributes: this.kept(tag).set("id", numbered(0)) }));
        this.hook(["c:f"], (tag) => this.copied(tag, { leave: (element) => this.chartFormula(element), collects: true }));
    }

    protected hook(names: Iterable<string>, decide: (tag: Tag) => Element): void {
        for (const name of names) this.hooks.set(name, decide);
    }

    /** Have the innermost open element of the first of these names taken back at its end. */
    protected doom(...names: string[]): void {
        for (const name of names) {
            const doomed = this.open.filter((element) => element.name === name).at(-1);
            if (doomed === undefined) continue;
            doomed.state = DOOMED;
            return;
        }
    }

    /** Keep an element at its end only if something is in it. */
    protected filled({ start }: Element): boolean {
        return this.pieces.slice(start + 1).some((piece) => piece !== "");
    }

    /** Warn of an element that is not shown. */
    protected hides(tag: Tag): void {
        if (["1", "true", "on"].includes(tag.attributes.get("hidden") ?? "")) this.warnings.add("hidden-content");
    }

    /** Copy an element if the reference it is there for stays. */
    protected needy(tag: Tag): Element {
        const attributes = this.kept(tag);
        const wanted = attributes.get(NEEDS.get(tag.name) ?? "") ?? "";
        return wanted === "" ? this.gone() : this.copied(tag, { attributes });
    }

    /** Copy an element that `doom` may take back. */
    protected frame(tag: Tag): Element {
        return this.copied(tag, { leave: ({ state }) => state !== DOOMED });
    }

    /** The attributes of the root that may stay; themes lose their names. */
    protected override rootAttributes(tag: Tag): Attributes {
        const kept = this.kept(tag);
        return tag.name === "a:theme" ? kept.set("name", "Office") : kept;
    }

    /** An alternative text, or nothing for one that is a file's name or an address. */
    private described(value: string): string | undefined {
        if (!FILE_NAME.test(value)) return value;
        this.removed.add("file-name");
        return undefined;
    }

    /** A number of ours for a random one. */
    private counted(value: string): string {
        if (!GUID.test(value)) return value;
        const { ids } = this.shared;
        const known = ids.get(value) ?? numbered(ids.size + 1);
        ids.set(value, known);
        return known;
    }

    private shown(value: string): string {
        if (value === "0" || value === "false") this.warnings.add("hidden-content");
        return value;
    }

    private drawing(tag: Tag): Element {
        this.hides(tag);
        const attributes = this.kept(tag);
        const name = attributes.get("name");
        if (name !== undefined) {
            this.described(name);
            const number = attributes.get("id") ?? "";
            attributes.set("name", `Object ${/^[0-9]{1,10}$/.test(number) ? number : 0}`);
        }
        return this.copied(tag, { attributes });
    }

    /** Give the shapes of old drawings numbers instead of names. */
    private shape(tag: Tag): Element {
        const attributes = this.kept(tag);
        const [id, type] = [attributes.get("id"), attributes.get("type")];
        if (id !== undefined) attributes.set("id", this.shapeId(id));
        if (type?.startsWith("#") === true) attributes.set("type", `#${this.shapeId(type.slice(1))}`);
        return this.copied(tag, { attributes });
    }

    private shapeId(id: string): string {
        if (PRESET_ID.test(id)) return id;
        const known = this.shapeIds.get(id) ?? `_x0000_s${this.shapeIds.size + 1}`;
        this.shapeIds.set(id, known);
        return known;
    }

    private click(tag: Tag): Element {
        const attributes = this.kept(tag);
        const action = attributes.get("action") ?? "";
        if (action !== "" && !ACTIONS.test(action)) {
            this.removed.add("script");
            return this.gone();
        }
        const link = attributes.get("r:id");
        return link === undefined || (action === "" && link === "") ? this.gone() : this.copied(tag, { attributes });
    }

    private list(tag: Tag): Element {
        return this.copied(tag, { leave: (element) => this.filled(element) });
    }

    private extension(tag: Tag): Element {
        const uri = tag.attributes.get("uri");
        if (uri === undefined) return this.copied(tag);
        return RULES.extensions.includes(uri) ? this.list(tag) : this.dropped(tag);
    }

    private alternatives(tag: Tag): Element {
        const leave = ({ state }: Element): boolean => {
            if (state !== "") this.pieces.push("</mc:AlternateContent>");
            return true;
        };
        return new Element(tag.name, "", "", false, false, leave);
    }

    /** Keep a choice whose namespaces we know, and write the beginning if it is the first. */
    private choice(tag: Tag): Element {
        const around = this.open.at(-1);
        const prefixes = (tag.attributes.get("Requires") ?? "").split(/[ \t\n]+/).filter((prefix) => prefix !== "");
        const required = prefixes.map((prefix) => this.meaning(prefix));
        if (around?.name !== "mc:AlternateContent" || required.length === 0) return this.dropped(tag);
        if (!required.every((prefix) => VOCABULARY.ignorable.has(prefix))) return this.dropped(tag);
        if (around.state === "") {
            this.pieces.push(ALTERNATIVES);
            this.used.add("mc");
        }
        around.state = "chosen";
        const attributes = new Map([["Requires", required.join(" ")]]);
        return this.copied(tag, { attributes, leave: (element) => this.choiceEnd(element, around) });
    }

    /** Take a doomed choice back, and the beginning with it if it was the first. */
    private choiceEnd({ state, start }: Element, around: Element): boolean {
        if (state !== DOOMED) return true;
        if (this.pieces[start - 1] === ALTERNATIVES) {
            this.pieces[start - 1] = "";
            around.state = "";
        }
        return false;
    }

    private fallback(tag: Tag): Element {
        const around = this.open.at(-1);
        if (around?.name !== "mc:AlternateContent") return this.dropped(tag);
        return around.state === "" ? this.unwrapped(tag) : this.copied(tag, { attributes: new Map() });
    }

    /** Keep what a drawing shows if it is one of the kinds we know. */
    protected graphic(tag: Tag): Element {
        if (RULES.graphics.includes(tag.attributes.get("uri") ?? "")) return this.copied(tag);
        this.removed.add("attachment");
        this.warnings.add("files-dropped");
        return this.withoutGraphic();
    }

    /** Two elements share the name: a chart, and the reference to one. */
    private chart(tag: Tag): Element {
        if (!tag.attributes.has("r:id")) return this.copied(tag);
        const attributes = this.kept(tag);
        return attributes.has("r:id") ? this.copied(tag, { attributes }) : this.withoutGraphic();
    }

    private diagram(tag: Tag): Element {
        const attributes = this.kept(tag);
        const whole = ["r:dm", "r:lo", "r:qs", "r:cs"].every((name) => (attributes.get(name) ?? "") !== "");
        return whole ? this.copied(tag, { attributes }) : this.withoutGraphic();
    }

    /** Have the alternative or the drawing taken back that is being written. */
    private withoutGraphic(): Element {
        this.doom("mc:Choice", ...FRAMES);
        return this.gone();
    }

    private diagramDrawing(tag: Tag): Element {
        const attributes = this.kept(tag);
        const id = this.outer?.newId(attributes.get("relId") ?? "");
        return id === undefined ? this.gone() : this.copied(tag, { attributes: attributes.set("relId", id) });
    }

    /** Where the numbers of a chart come from: a place in another file is not told. */
    private chartFormula({ text }: Element): boolean {
        const lost = text.includes("[") || FILE_NAME.test(text);
        if (lost) this.removed.add("file-name");
        this.writeText(lost ? "#REF!" : text);
        return true;
    }
}

function numbered(number: number): string {
    return `{00000000-0000-0000-0000-${number.toString(16).toUpperCase().padStart(12, "0")}}`;
}
