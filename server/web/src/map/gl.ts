/** The little WebGL 2 that our layers need. */

/** Sixteen numbers, columns first. */
export type Matrix = ArrayLike<number>;

export type Uniforms = (name: string) => WebGLUniformLocation | null;

export interface Program {
  program: WebGLProgram;
  uniform: Uniforms;
}

export function compile(gl: WebGL2RenderingContext, vertex: string, fragment: string): Program {
  const program = gl.createProgram();
  for (const [kind, source] of [
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ] as const) {
    const shader = gl.createShader(kind)!;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
    gl.deleteShader(shader); // goes with the program
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    throw new Error(`The map's shader does not link: ${gl.getProgramInfoLog(program)}`);
  }
  const known = new Map<string, WebGLUniformLocation | null>();
  const uniform = (name: string) => {
    if (!known.has(name)) known.set(name, gl.getUniformLocation(program, name));
    return known.get(name)!;
  };
  return { program, uniform };
}

/** A vertex array that reads interleaved floats, one row an instance. */
export function instanceArray(
  gl: WebGL2RenderingContext,
  { program }: Program,
  buffer: WebGLBuffer,
  attributes: readonly (readonly [string, number])[],
): WebGLVertexArrayObject {
  const array = gl.createVertexArray();
  gl.bindVertexArray(array);
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  const stride = 4 * attributes.reduce((sum, [, size]) => sum + size, 0);
  let offset = 0;
  for (const [name, size] of attributes) {
    const place = gl.getAttribLocation(program, name);
    if (place >= 0) {
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, size, gl.FLOAT, false, stride, offset);
      gl.vertexAttribDivisor(place, 1);
    }
    offset += 4 * size;
  }
  gl.bindVertexArray(null);
  return array;
}

/** The map's matrix with its origin moved to (x, y): in doubles, because a float of the whole world is 2.4 m coarse. */
export function matrixFrom(matrix: Matrix, x: number, y: number): Float32Array {
  const moved = new Float32Array(16);
  for (let i = 0; i < 16; i++) moved[i] = matrix[i]!;
  for (let i = 0; i < 4; i++) moved[12 + i] = matrix[i]! * x + matrix[4 + i]! * y + matrix[12 + i]!;
  return moved;
}

/** MapLibre blends premultiplied colours without depth. */
export function prepare(gl: WebGL2RenderingContext): void {
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  gl.disable(gl.DEPTH_TEST);
  gl.disable(gl.STENCIL_TEST);
}
