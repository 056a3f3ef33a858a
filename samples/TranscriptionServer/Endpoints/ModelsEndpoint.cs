using TranscriptionServer.Requests;
using TranscriptionServer.Responses;

namespace TranscriptionServer.Endpoints;

/// <summary><c>GET /v1/models</c> and <c>GET /v1/models/ID</c>: the model that is compiled in.</summary>
internal static class ModelsEndpoint
{
    private static readonly ModelBody Model = new(Commands.Id, "model", 0, "stablequant");

    public static void Map(WebApplication app)
    {
        app.MapGet("/v1/models", (RequestDelegate)(context =>
            context.Response.WriteAsJsonAsync(new ModelListBody("list", [Model]), ResponseJson.Default.ModelListBody, cancellationToken: context.RequestAborted)));
        app.MapGet("/v1/models/{id}", (RequestDelegate)(context =>
        {
            TranscriptionRequest.CheckModel((string)context.Request.RouteValues["id"]!);
            return context.Response.WriteAsJsonAsync(Model, ResponseJson.Default.ModelBody, cancellationToken: context.RequestAborted);
        }));
    }
}
