/** Reads server-sent events out of text that comes in pieces. */

export interface ServerEvent {
  event: string;
  data: string;
}

export class EventReader {
  private rest = "";

  /** Take the next piece; return the events that are complete by now. */
  push(piece: string): ServerEvent[] {
    const blocks = (this.rest + piece).replaceAll("\r\n", "\n").split("\n\n");
    this.rest = blocks.pop() ?? "";
    return blocks.map(read).filter((one) => one !== null);
  }
}

/** An event, or null: a comment keeps the connection awake and says nothing. */
function read(block: string): ServerEvent | null {
  const data: string[] = [];
  let event = "message";
  for (const line of block.split("\n")) {
    const [, name, value = ""] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (name === "data") data.push(value);
    else if (name === "event") event = value;
  }
  return data.length ? { event, data: data.join("\n") } : null;
}
