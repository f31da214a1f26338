// fields.js TYPES FILE... checks Kubernetes objects, as JSON, against the API's types: a field that the type of its place does not
// have, or a value of the wrong kind, is an error. TYPES is a folder in which npm has installed kubernetes-types and typescript.
'use strict';
const fs = require('fs');
const path = require('path');

const [types, ...files] = process.argv.slice(2);
const ts = require(path.join(types, 'node_modules', 'typescript'));

const modules = {
    ConfigMap: 'core/v1', Service: 'core/v1', ServiceAccount: 'core/v1', Pod: 'core/v1', Deployment: 'apps/v1',
    HorizontalPodAutoscaler: 'autoscaling/v2', PodDisruptionBudget: 'policy/v1', NetworkPolicy: 'networking/v1',
};

// The compiler looks for extra fields in object literals only, so each object becomes one.
const lines = [];
for (const file of files) {
    for (const object of JSON.parse(fs.readFileSync(file, 'utf8'))) {
        if (!modules[object.kind]) throw new Error(`${file}: no type is known for ${object.kind}; add it to modules`);
        lines.push(`const o${lines.length}: import("kubernetes-types/${modules[object.kind]}").${object.kind} = ${JSON.stringify(object, null, 2)}; // ${file}`);
    }
}
// The file has to lie where the compiler finds the types beside it.
const source = path.join(types, `objects-${process.pid}.ts`);
fs.writeFileSync(source, lines.join('\n') + '\nexport {};\n');
try {
    const program = ts.createProgram([source], { noEmit: true, strict: true, skipLibCheck: true, moduleResolution: ts.ModuleResolutionKind.Node10, types: [] });
    const problems = ts.getPreEmitDiagnostics(program);
    for (const problem of problems) {
        const where = problem.file ? `, in ${problem.file.text.slice(problem.start).split('\n', 1)[0].trim()}` : '';
        console.log(ts.flattenDiagnosticMessageText(problem.messageText, '\n') + where);
    }
    if (lines.length === 0 || problems.length > 0) process.exitCode = 1;
} finally {
    fs.unlinkSync(source);
}
