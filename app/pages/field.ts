/**
 * The page of field partners: one file, no network, for a tablet that is handed from person to person.
 *
 * What is written is sealed at once and can be read nowhere here. After each person the page is
 * loaded anew, so that its memory forgets too; only ciphertext is kept (`SealedStore`).
 */

import { sha256Of, systemRandom, utf8 } from "../../crypto/browser/bytes.ts";
import { Counterfoil } from "../../crypto/browser/counterfoil.ts";
import { addDays } from "../../crypto/browser/dates.ts";
import { type Attachment, type Lang, sealAttachment } from "../../crypto/browser/envelope.ts";
import { MalformedCounterfoilError, StaleKeyringError, TooLargeError } from "../../crypto/browser/errors.ts";
import { encodeBatch, encodeItem, sealHanding } from "../../crypto/browser/handing.ts";
import { type Keyring, openKeyringOfAnyWeek, Roots } from "../../crypto/browser/keyring.ts";
import { CitizenKeys, deriveRoot } from "../../crypto/browser/keys.ts";
import { ReceiptCode } from "../../crypto/browser/receipt.ts";
import { type CopyKey, inWords, say } from "./copy.ts";
import { forgetWhenLeft, need, showOnly, spelled } from "./dom.ts";
import { ToldError } from "./failures.ts";
import { today } from "./intake.ts";
import { showReceipt } from "./receipt.ts";
import { SealPage, type Way } from "./seal.ts";
import { type SealedItem, SealedStore } from "./sealed-store.ts";
import type { Draft, OutgoingFile, Progress } from "./sending.ts";

/** The last days of a keyring are for carrying what was sealed to the site. */
const DAYS_FOR_SENDING = 3;
const LIMITS = { count: 3, megabytes: 15 };

/** What `wasl field page` has written into the file, checked against its roots. */
class Kit {
    readonly origin: string;
    readonly lang: Lang;
    readonly textBytes: number;
    readonly roots: Roots;
    readonly keyring: Keyring;
    readonly lastToSend: string;
    readonly lastToSeal: string;

    /** Raise `CryptoError` for a file whose keys the roots have not signed. */
    constructor() {
        const said = JSON.parse(need("kit", HTMLElement).textContent) as Record<"origin" | "roots" | "keyring", string> & { text_bytes: number };
        this.origin = said.origin;
        this.lang = document.documentElement.lang === "en" ? "en" : "ar";
        this.textBytes = said.text_bytes;
        this.roots = Roots.parse(said.roots);
        this.keyring = openKeyringOfAnyWeek(said.keyring, this.roots, said.origin);
        this.lastToSend = addDays(this.keyring.notAfter, -1);
        this.lastToSeal = addDays(this.lastToSend, -DAYS_FOR_SENDING);
    }

    get isEarly(): boolean {
        return today() < this.keyring.notBefore;
    }

    get isOver(): boolean {
        return this.lastToSeal < today();
    }

    say(date: string): string {
        return inWords(date, this.lang);
    }
}

/** Seals into the store, under a code of the citizen's own or under the counterfoil of a form. */
class Offline implements Way {
    readonly limits = LIMITS;
    readonly #kit: Kit;
    readonly #store: SealedStore;
    readonly #square: HTMLTextAreaElement | undefined;

    /** With a *square*, a paper form is typed in, whose writer has the code already. */
    constructor(kit: Kit, store: SealedStore, square?: HTMLTextAreaElement) {
        this.#kit = kit;
        this.#store = store;
        this.#square = square;
    }

    async send(draft: Draft, onProgress: (progress: Progress) => void): Promise<() => void> {
        if (this.#kit.isEarly || this.#kit.isOver) throw new StaleKeyringError("not for today");
        this.#checkSize(draft);
        onProgress({ stage: "keys" });
        if (this.#square !== undefined) {
            await this.#seal(this.#counterfoilIn(this.#square.value), draft, "paper");
            return startAgain;
        }
        const code = ReceiptCode.generate();
        const hash = this.#kit.roots.hash;
        const half = Counterfoil.of(new CitizenKeys(await deriveRoot(code, hash)), hash);
        onProgress({ stage: "message" });
        await this.#seal(half, draft, "tablet");
        return () => {
            // Nobody clears a code that is not kept yet.
            need("clear", HTMLButtonElement).hidden = true;
            showReceipt(code, say("field_receipt", { date: this.#kit.say(this.#kit.lastToSend) }), startAgain);
        };
    }

    #checkSize({ sections }: Draft): void {
        const over = utf8(sections.map(({ text }) => text).join("")).length - this.#kit.textBytes;
        if (over > 0) throw new TooLargeError(over);
    }

    #counterfoilIn(square: string): Counterfoil {
        const half = parsedSquare(square);
        if (!half.belongsTo(this.#kit.roots.hash)) throw new ToldError("field_form_foreign");
        return half;
    }

    async #seal(half: Counterfoil, { topic, lang, sections, about, files }: Draft, sealedBy: "tablet" | "paper"): Promise<void> {
        const { keyring } = this.#kit;
        const sealed = await Promise.all(files.map((file) => sealFile(file, keyring)));
        const attachments = sealed.map(({ attachment }) => attachment);
        const handing = await sealHanding(half, { topic, lang, sections, about, sealedBy }, attachments, keyring);
        const item = encodeItem(handing, sealed.map(({ file }) => file));
        try {
            await this.#store.put({ name: handing.name, item });
        } catch {
            throw new ToldError("field_not_kept");
        }
    }
}

function parsedSquare(untrusted: string): Counterfoil {
    try {
        return Counterfoil.parse(untrusted);
    } catch (error) {
        if (!(error instanceof MalformedCounterfoilError)) throw error;
        throw new ToldError("field_form_wrong");
    }
}

async function sealFile({ name, media, bytes }: OutgoingFile, keyring: Keyring): Promise<{ file: Uint8Array; attachment: Attachment }> {
    const stream = await sealAttachment(bytes, keyring.recipients);
    const file = new Uint8Array(await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer());
    return { file, attachment: { digest: sha256Of(file), size: bytes.length, name, media, cleaned: true } };
}

/** A new page in the place of this one: nothing of what it held is left. */
function startAgain(): void {
    document.body.replaceChildren();
    location.reload();
}

/** What the worker sees between two people. */
class WorkerStep {
    readonly #kit: Kit;
    readonly #store: SealedStore;
    readonly #step = need("step-worker", HTMLElement);
    readonly #save = need("save", HTMLButtonElement);
    readonly #drop = need("drop", HTMLButtonElement);

    constructor(kit: Kit, store: SealedStore) {
        this.#kit = kit;
        this.#store = store;
    }

    async begin(): Promise<void> {
        this.#tellDates();
        this.#dropClosedTopics();
        this.#listen();
        await this.#count();
    }

    #tellDates(): void {
        const { keyring, lastToSeal, lastToSend, isEarly, isOver } = this.#kit;
        const dates = { seal: this.#kit.say(lastToSeal), send: this.#kit.say(lastToSend) };
        need("until", HTMLElement).replaceChildren(say("field_until", dates));
        const trouble = need("trouble", HTMLElement);
        trouble.hidden = !isEarly && !isOver;
        if (isEarly) trouble.replaceChildren(say("field_early", { date: this.#kit.say(keyring.notBefore) }));
        if (isOver) trouble.replaceChildren(overIn("ar", lastToSeal), overIn("en", lastToSeal));
        for (const id of ["hand-over", "paper"]) need(id, HTMLButtonElement).disabled = isEarly || isOver;
    }

    #dropClosedTopics(): void {
        const closed = ({ dataset: { closes = "" } }: HTMLElement): boolean => closes !== "" && closes < today();
        for (const option of Array.from(need("topic", HTMLSelectElement).options).filter(closed)) option.remove();
    }

    #listen(): void {
        need("hand-over", HTMLButtonElement).addEventListener("click", () => {
            this.#write(undefined);
        });
        need("paper", HTMLButtonElement).addEventListener("click", () => {
            this.#write(need("square", HTMLTextAreaElement));
        });
        need("clear", HTMLButtonElement).addEventListener("click", startAgain);
        this.#save.addEventListener("click", () => void this.#saveBatch());
    }

    #write(square: HTMLTextAreaElement | undefined): void {
        need("square-field", HTMLElement).hidden = square === undefined;
        need("yours", HTMLElement).hidden = square !== undefined;
        new SealPage(new Offline(this.#kit, this.#store, square)).begin();
        showOnly(need("step-write", HTMLElement), this.#step);
    }

    async #count(): Promise<void> {
        const { length } = await this.#store.names();
        need("waiting", HTMLElement).replaceChildren(say("field_waiting", { count: length }));
        this.#save.disabled = length === 0;
    }

    async #saveBatch(): Promise<void> {
        const items = await this.#store.all();
        const name = `batch-${Array.from(systemRandom(4), (byte) => byte.toString(16).padStart(2, "0")).join("")}.wasl`;
        download(name, encodeBatch(this.#kit.origin, items));
        need("saved-name", HTMLElement).replaceChildren(say("field_saved", { name: spelled(name) }));
        const saved = need("saved", HTMLElement);
        saved.hidden = false;
        this.#drop.onclick = () => void this.#dropSaved(items, saved);
        saved.focus();
    }

    async #dropSaved(items: readonly SealedItem[], saved: HTMLElement): Promise<void> {
        await this.#store.drop(items.map(({ name }) => name));
        saved.hidden = true;
        await this.#count();
    }
}

function overIn(lang: Lang, date: string): HTMLElement {
    const line = document.createElement("p");
    line.lang = lang;
    line.dir = lang === "ar" ? "rtl" : "ltr";
    line.append(say(`field_over_${lang}`, { date: inWords(date, lang) }));
    return line;
}

function download(name: string, bytes: Uint8Array): void {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type: "application/octet-stream" }));
    link.download = name;
    link.click();
    // The browser reads it after this turn; the page that made it is loaded anew soon enough.
}

/** What was typed does not wait for the next person, whatever way the page is left. */
function clearWhenLeft(): void {
    forgetWhenLeft();
    window.addEventListener("pagehide", () => {
        for (const form of document.forms) form.reset();
        document.body.replaceChildren();
    });
}

/** Until all is well, the page's buttons stay as they are written: disabled. */
async function begin(): Promise<void> {
    clearWhenLeft();
    const kit = await orTell("keyring_unverified", () => new Kit());
    const store = await orTell("field_no_store", () => SealedStore.open(kit.origin));
    await new WorkerStep(kit, store).begin();
}

async function orTell<T>(key: CopyKey, task: () => T | Promise<T>): Promise<T> {
    try {
        return await task();
    } catch (error) {
        const trouble = need("trouble", HTMLElement);
        trouble.replaceChildren(say(key));
        trouble.hidden = false;
        throw error;
    }
}

void begin();
