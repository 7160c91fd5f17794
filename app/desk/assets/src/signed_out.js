// Nobody is signed in: of the drafts that were open here only what was not sent yet is kept, for its person.
import { clearCopies } from "./copies.js";

clearCopies(({ isUnsent }) => !isUnsent);
