/** Every fault in one file, so that one waits while another works. What needs the whole machine comes last. */
import './servers.js';
import './database.js';
import './relays.js';
import './clients.js';
