/**
 * What a token is made of. A browser can only send it as part of a WebSocket subprotocol, so it is
 * limited to what is allowed both there (RFC 9110, token) and after `Bearer` (RFC 6750, b64token).
 */
export const TOKEN_PATTERN = /^[A-Za-z0-9._~+-]{1,256}$/;
