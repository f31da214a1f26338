namespace Analytics.Api.Problems;

/// <summary>Why one item of a request is not accepted.</summary>
/// <param name="Index">Its place in the array, from 0; 0 for a single object.</param>
/// <param name="Code">A dead-letter code, the same that the stream would give.</param>
/// <param name="Detail">One sentence that names the field and what it holds.</param>
internal sealed record ItemError(int Index, string Code, string Detail);
