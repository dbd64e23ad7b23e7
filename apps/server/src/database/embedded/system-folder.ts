/**
 * Where things lie that another user than root must reach when the installation or the data directory is closed to him.
 * Used only by a server that runs as root.
 */
export const SYSTEM_FOLDER = '/var/lib/ballast';
