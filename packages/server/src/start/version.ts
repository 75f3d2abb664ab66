/** The version that metadata answers with. */
export const SERVER_VERSION = '0.1.0';
