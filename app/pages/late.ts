/** Scripts that a page names with their digests and that are loaded when they are needed. */

import { need } from "./dom.ts";
import { UnreachableError } from "./http.ts";

/**
 * Load the script called *name*; the digest is checked where browsers can.
 *
 * A module that a `modulepreload` link has fetched and checked is the one that `import` gives.
 * Raises `UnreachableError` if it cannot be had.
 */
export async function load(name: string): Promise<unknown> {
    const { dataset } = need("late-scripts", HTMLElement);
    const url = dataset[name];
    const integrity = dataset[`${name}Integrity`];
    if (url === undefined || integrity === undefined) throw new TypeError(`the page has no script ${name}`);
    try {
        await preload(url, integrity);
        return await import(url);
    } catch {
        throw new UnreachableError();
    }
}

async function preload(url: string, integrity: string): Promise<void> {
    const link = document.createElement("link");
    if (!link.relList.supports("modulepreload")) return;
    link.rel = "modulepreload";
    link.integrity = integrity;
    link.href = url;
    await new Promise<void>((resolve, reject) => {
        link.addEventListener("load", () => {
            resolve();
        });
        link.addEventListener("error", reject);
        document.head.append(link);
    });
    link.remove();
}
