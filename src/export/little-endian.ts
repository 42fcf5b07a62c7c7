/** Float32 and int32 numbers as bytes, lowest first whatever the machine does. */
export function littleEndian(data: Float32Array | Int32Array): Uint8Array {
  const bytes = new Uint8Array(data.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < data.length; i++) {
    if (data instanceof Float32Array) view.setFloat32(4 * i, data[i], true);
    else view.setInt32(4 * i, data[i], true);
  }
  return bytes;
}
