// FakeTerminal: keeps what is written to it.

export class FakeTerminal {
  columns = 100;
  rows = 40;
  text = '';

  constructor(readonly isScreen = false) {}

  write(text: string): void {
    this.text += text;
  }
}
