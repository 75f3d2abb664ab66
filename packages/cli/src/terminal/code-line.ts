/** The last line of an error: its stable code, and where that is explained. */
export function codeLine(code: string): string {
  return `  code: ${code} (berth help ${code})\n`;
}
