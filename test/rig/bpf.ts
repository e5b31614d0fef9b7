/**
 * The kernel's classic BPF as seccomp runs it, in a few lines: what a filter says
 * to a call, without making the call.
 */

export interface Call {
  /** AUDIT_ARCH_* of the caller. */
  readonly audit: number;
  readonly number: number;
  readonly args?: readonly number[];
}

/** What seccomp would do (SECCOMP_RET_*); throws where the kernel would refuse the program. */
export function verdict(filter: Uint8Array, { audit, number, args = [] }: Call): number {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number >>> 0, 0);
  data.writeUInt32LE(audit >>> 0, 4);
  for (const [place, arg] of args.entries()) {
    data.writeBigUInt64LE(BigInt.asUintN(64, BigInt(arg)), 16 + 8 * place);
  }
  const code = Buffer.from(filter);
  let loaded = 0;
  for (let at = 0; at < code.length; at += 8) {
    const value = code.readUInt32LE(at + 4);
    const skip = (yes: boolean) => {
      at += 8 * code.readUInt8(at + (yes ? 2 : 3));
    };
    switch (code.readUInt16LE(at)) {
      case 0x20:
        loaded = data.readUInt32LE(value);
        break;
      case 0x15:
        skip(loaded === value);
        break;
      case 0x35:
        skip(loaded >= value);
        break;
      case 0x45:
        skip((loaded & value) !== 0);
        break;
      case 0x06:
        return value;
      default:
        throw new Error(`instruction ${code.readUInt16LE(at)} at ${at}`);
    }
  }
  throw new Error('the program has no end');
}
