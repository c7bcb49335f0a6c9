/** The one script of the pages that seal and open; the form it finds says which page this is. */

import { forgetWhenLeft } from "./dom.ts";
import { prepareExit } from "./exit.ts";
import { beginOpening } from "./open.ts";
import { beginSealing } from "./seal.ts";

prepareExit();
forgetWhenLeft();
if (document.getElementById("seal-form") === null) beginOpening();
else beginSealing();
