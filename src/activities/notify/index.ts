/**
 * Mail: an event becomes a mail (pure), the mail is sent (thin). Whether an event is worth a mail is decided in domain/.
 * May import domain/ and config's types; used by the activities alone.
 */
export { composeMail } from './compose.js';
export { createNotify } from './notify.js';
export { sendMail } from './send.js';
