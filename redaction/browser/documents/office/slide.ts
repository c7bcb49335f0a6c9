/** The twin of `files/documents/office/slide.py`: slides. */

import { Element } from "../rewriter.ts";
import type { Tag } from "../xml.ts";
import { DOOMED, Markup, type Shared } from "./markup.ts";
import type { Links } from "./parts.ts";

const PLAYED = ["a:audioFile", "a:videoFile", "a:wavAudioFile", "p:snd", "p:sndTgt"];
const OBJECT = "object";
const PICTURE = /<p:pic>[^]*?<\/p:pic>/;
const SPOKEN = /<a:t>([^<]*[^<0-9 ‹›#][^<]*)<\/a:t>/;

/** A part of a presentation. */
export class SlideMarkup extends Markup {
    private silenced = false;

    constructor(links: Links, outer: Links | undefined, shared: Shared) {
        super(links, outer, shared);
        this.hook(PLAYED, (tag) => this.played(tag));
        this.hook(["p:sndAc"], (tag) => this.copied(tag, { leave: (element) => this.filled(element) }));
        this.hook(["p:cSld"], (tag) => this.copied(tag, { attributes: new Map() }));
        this.hook(["p:oleObj"], (tag) => new Element(tag.name));
        this.hook(["p:timing"], (tag) => this.copied(tag, { leave: () => !this.silenced }));
    }

    /** Tell of notes that are not on the slide. */
    protected override finish(): void {
        if (this.root === "p:notes" && SPOKEN.test(this.pieces.join(""))) this.warnings.add("hidden-content");
    }

    /** An object of another program stays as the picture that is seen of it. */
    protected override graphic(tag: Tag): Element {
        const frame = this.open.filter(({ name }) => name === "p:graphicFrame").at(-1);
        if (frame === undefined || tag.attributes.get("uri")?.endsWith("/ole") !== true) return super.graphic(tag);
        frame.state = OBJECT;
        this.removed.add("attachment");
        this.warnings.add("files-dropped");
        return new Element(tag.name);
    }

    /** Copy a frame that may be taken back, or become a picture. */
    protected override frame(tag: Tag): Element {
        return this.copied(tag, { leave: (element) => this.frameEnd(element) });
    }

    private frameEnd(element: Element): boolean {
        if (element.state !== OBJECT) return element.state !== DOOMED;
        const picture = PICTURE.exec(this.pieces.slice(element.start).join(""))?.[0] ?? "";
        this.takeBack(element.start);
        this.pieces.push(picture);
        element.closing = "";
        return true;
    }

    private played(tag: Tag): Element {
        const element = this.needy(tag);
        if (this.isGone(element)) this.silenced = true;
        return element;
    }
}
