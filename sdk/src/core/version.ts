/** Version of this package, sent to the server with the platform's name. */
export const VERSION = '0.1.0';
