/** From a receipt code to the replies, and a message back. Nothing of a code is ever sent. */

import { parseBase64, toBase64 } from "../../crypto/browser/bytes.ts";
import { openReply, type Rating, sealFollowUp, type SignedReply } from "../../crypto/browser/envelope.ts";
import { CryptoError } from "../../crypto/browser/errors.ts";
import { CitizenKeys, deriveRoot } from "../../crypto/browser/keys.ts";
import type { ReceiptCode } from "../../crypto/browser/receipt.ts";
import { checkCase, type Verdict } from "./checking.ts";
import { type Answer, RefusedError, type Site } from "./http.ts";
import { checkTextSize, fetchIntake, type Intake } from "./intake.ts";

/** The server answers about so many names at a time, whether or not they exist. */
const WINDOW = 16;
const SLOTS = 4;
const MAX_REPLIES = 256;
const MAX_FOLLOW_UPS = 64;

/** Who signed a reply, in words. */
export interface ShownReply {
    readonly reply: SignedReply;
    readonly reviewer: string;
    readonly organisation: { readonly ar: string; readonly en: string };
}

export interface Case {
    /** A status word, or `unknown`. */
    readonly status: string;
    readonly replies: readonly ShownReply[];
    /** H of the stored envelope, and the ISO week in which it came: what the log is asked about. */
    readonly digest: Uint8Array;
    readonly week: string;
    /** How many replies no known device signed, or that are for another case. */
    readonly unverified: number;
}

interface Pending {
    readonly said: Said;
    readonly request: unknown;
    readonly envelope: Uint8Array;
}

interface Said {
    readonly text: string;
    readonly isRating: boolean;
}

export class Following {
    readonly #site: Site;
    readonly #today: () => string;
    readonly #pinnedRoots: string | undefined;
    #intake: Intake;
    readonly #keys: CitizenKeys;
    #nextIndex = 1;
    #pending: Pending | undefined;

    private constructor(site: Site, today: () => string, pinnedRoots: string | undefined, intake: Intake, keys: CitizenKeys) {
        this.#site = site;
        this.#today = today;
        this.#pinnedRoots = pinnedRoots;
        this.#intake = intake;
        this.#keys = keys;
    }

    static async begin(
        code: ReceiptCode,
        site: Site,
        { today, pinnedRoots, iterations }: { today: () => string; pinnedRoots?: string | undefined; iterations?: number },
    ): Promise<Following> {
        const intake = await fetchIntake(site, today(), pinnedRoots);
        const root = await deriveRoot(code, intake.roots.hash, iterations === undefined ? {} : { iterations });
        return new Following(site, today, pinnedRoots, intake, new CitizenKeys(root));
    }

    /** The status and every reply, read window by window. */
    async read(): Promise<Case> {
        const replies: ShownReply[] = [];
        let status = "unknown";
        let unverified = 0;
        let [digest, week] = [new Uint8Array(), ""];
        for (let from = 0; from < MAX_REPLIES; ) {
            const answer = await this.#site.post("mailbox", this.#mailboxRequest(from));
            status = answer.text("status").trim();
            digest = answer.hash("digest");
            week = answer.week("week");
            const found = this.#ownSlots(answer, from);
            for (const { index, envelope } of found) {
                const shown = await this.#open(index, envelope);
                if (shown === undefined) unverified++;
                else replies.push(shown);
            }
            if (found.length < SLOTS) break;
            from = Math.max(...found.map(({ index }) => index)) + 1;
        }
        return { status, digest, week, replies, unverified };
    }

    /** What the public log says about the case; *now* is in POSIX seconds. */
    async check(shown: Case, now: number): Promise<Verdict> {
        return checkCase((path) => this.#site.log(path), this.#intake, this.#keys, shown, now);
    }

    /** Stop a relay or take the message back; the status that the case has then. */
    async decide(action: "object" | "withdraw"): Promise<string> {
        const { thread } = this.#keys;
        const owner = { name: toBase64(thread.name("citizen", 0)), auth: toBase64(thread.auth("citizen", 0)) };
        return (await this.#site.post(`case/${action}`, owner)).text("status");
    }

    #mailboxRequest(from: number): unknown {
        const { thread } = this.#keys;
        const named = (lane: "citizen" | "team", index: number): { name: string; auth: string } => ({
            name: toBase64(thread.name(lane, index)),
            auth: toBase64(thread.auth(lane, index)),
        });
        return { case: named("citizen", 0), names: Array.from({ length: WINDOW }, (_, i) => named("team", from + i)) };
    }

    /** The slots under names we asked for, in their order; the others are noise. */
    #ownSlots(answer: Answer, from: number): readonly { index: number; envelope: Uint8Array }[] {
        const asked = Array.from({ length: WINDOW }, (_, i) => toBase64(this.#keys.thread.name("team", from + i)));
        return answer
            .objects("slots")
            .map((slot) => ({ at: asked.indexOf(slot.text("name")), envelope: slot.text("envelope") }))
            .filter(({ at }) => at >= 0)
            .map(({ at, envelope }) => ({ index: from + at, envelope: parseBase64(envelope) }))
            .sort((a, b) => a.index - b.index);
    }

    async #open(index: number, envelope: Uint8Array): Promise<ShownReply | undefined> {
        const { keyring, origin } = this.#intake;
        const context = { origin, slot: this.#keys.thread.slot("citizen", 0) };
        try {
            const reply = await openReply(envelope, this.#keys.replyIdentity, keyring.devices, context);
            return reply.index === index ? this.#introduce(reply) : undefined;
        } catch (error) {
            if (error instanceof CryptoError) return undefined;
            throw error;
        }
    }

    #introduce(reply: SignedReply): ShownReply | undefined {
        for (const org of this.#intake.keyring.orgs) {
            const reviewer = org.reviewers.find(({ id }) => id === reply.signedBy);
            if (reviewer === undefined) continue;
            return { reply, reviewer: reviewer.id, organisation: { ar: org.nameAr, en: org.nameEn } };
        }
        return undefined;
    }

    /**
     * Hand *text* to the team. A code remembers nothing, so the first free index is found by
     * trying. The same text after a failure goes out as the same bytes.
     */
    async write(text: string): Promise<void> {
        checkTextSize(text, this.#intake);
        await this.#deposit({ text, isRating: false });
    }

    /** Tell the team whether the answer helped, in a message like any other; the newest counts. */
    async rate(rating: Rating): Promise<void> {
        await this.#deposit({ text: rating, isRating: true });
    }

    async #deposit(said: Said): Promise<void> {
        while (this.#nextIndex <= MAX_FOLLOW_UPS) {
            const { text, isRating } = this.#pending?.said ?? {};
            if (text !== said.text || isRating !== said.isRating) this.#pending = undefined;
            this.#pending ??= await this.#seal(said);
            try {
                await this.#site.post("messages", this.#pending.request, this.#pending.envelope);
                this.#nextIndex++;
                this.#pending = undefined;
                return;
            } catch (error) {
                await this.#learnFrom(error);
            }
        }
        throw new RefusedError(409, "too-many-messages");
    }

    async #learnFrom(error: unknown): Promise<void> {
        if (!(error instanceof RefusedError)) throw error;
        if (error.code === "already-sent") this.#nextIndex++;
        else if (error.code === "stale-keyring") await this.#renew();
        else throw error;
        this.#pending = undefined;
    }

    async #renew(): Promise<void> {
        const before = this.#intake.keyring.serial;
        this.#intake = await fetchIntake(this.#site, this.#today(), this.#pinnedRoots);
        if (this.#intake.keyring.serial === before) throw new RefusedError(409, "stale-keyring");
    }

    async #seal(said: Said): Promise<Pending> {
        const { thread } = this.#keys;
        const index = this.#nextIndex;
        const envelope = await sealFollowUp(thread, { index, ...said }, this.#intake.keyring);
        const request = {
            name: toBase64(thread.name("citizen", index)),
            auth_hash: toBase64(thread.authHash("citizen", index)),
            keyring: this.#intake.keyring.serial,
        };
        return { said, request, envelope };
    }
}
