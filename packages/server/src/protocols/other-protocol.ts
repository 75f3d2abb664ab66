/** Thrown by a decoder for a body of the other protocol; the route adds the path to send it to. */
export class OtherProtocol extends Error {}
